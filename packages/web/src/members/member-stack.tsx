import type { Member } from '@whisperrooms/protocol'
import { words } from '../words.ts'
import { Avatar } from './avatar.tsx'

interface Props {
  readonly members: readonly Member[]
  readonly count: number
  readonly expanded: boolean
  readonly onClick: () => void
}

const SHOWN = 4

/** The first few members as overlapping initials; a button to all of them. */
export function MemberStack({ members, count, expanded, onClick }: Props) {
  const shown = members.slice(0, SHOWN)
  const rest = count - shown.length
  return (
    <button
      type="button"
      className="member-stack"
      aria-label={words.members.button(count)}
      aria-expanded={expanded}
      onClick={onClick}
    >
      {shown.map((member) => (
        <Avatar key={member.id} id={member.id} name={member.name} />
      ))}
      {rest > 0 && (
        <span className="avatar avatar-rest" aria-hidden="true">
          {words.moreCount(rest)}
        </span>
      )}
      <span className="avatar avatar-rest avatar-count" aria-hidden="true">
        {words.shortCount(count)}
      </span>
    </button>
  )
}
