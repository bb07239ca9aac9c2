import type { RoomSnapshot } from '@whisperrooms/client'
import { LIMITS, type Member, type MemberId } from '@whisperrooms/protocol'
import { useState } from 'react'
import { Icon } from '../ui/icon.tsx'
import { words } from '../words.ts'
import { Avatar } from './avatar.tsx'
import { type Decisions, MemberDialog } from './member-dialog.tsx'
import { namesakes } from './namesakes.ts'

interface Props extends Pick<RoomSnapshot, 'you' | 'members' | 'count' | 'typing'> {
  /** `undefined`: one has nothing to decide here. */
  readonly decisions: Decisions | undefined
}

/** Everybody who is in the room now. */
export function MemberList({ you, members, count, typing, decisions }: Props) {
  const [about, setAbout] = useState<MemberId>()
  const shared = namesakes(members)
  const detail = (member: Member): string | undefined => {
    if (member.id === you?.id) return member.role === 'owner' ? words.members.youOwner : words.members.you
    if (typing.includes(member.id)) return words.members.writing
    const tag = shared.has(member.id) ? `#${member.id.slice(0, 3)}` : undefined
    const role = member.role === 'member' ? undefined : words.members[member.role]
    const muted = member.muted === true ? words.members.muted : undefined
    return [role, muted, tag].filter((part) => part !== undefined).join(' · ')
  }
  return (
    <section className="member-list" aria-label={words.members.title}>
      <h2>{words.members.heading(count)}</h2>
      {count > LIMITS.membersListed && <p className="small">{words.members.many(LIMITS.membersListed)}</p>}
      <ul>
        {members.map((member) => (
          <li key={member.id}>
            <Avatar id={member.id} name={member.name} />
            <span className="member-name">
              <bdi>{member.name}</bdi>
              <small>{detail(member)}</small>
            </span>
            {decisions !== undefined && member.id !== you?.id && (
              <button
                type="button"
                className="icon-button"
                aria-label={words.members.decide(member.name)}
                onClick={() => setAbout(member.id)}
              >
                <Icon name="more" size={18} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {decisions !== undefined && (
        <MemberDialog
          member={members.find(({ id }) => id === about)}
          onClose={() => setAbout(undefined)}
          {...decisions}
        />
      )}
      {count === 1 && <p className="small">{words.members.alone}</p>}
    </section>
  )
}
