import type { RoomSnapshot } from '@whisperrooms/client'
import { LIMITS, type Member } from '@whisperrooms/protocol'
import { words } from '../words.ts'
import { Avatar } from './avatar.tsx'
import { namesakes } from './namesakes.ts'

type Props = Pick<RoomSnapshot, 'you' | 'members' | 'count' | 'typing'>

/** Everybody who is in the room now. */
export function MemberList({ you, members, count, typing }: Props) {
  const shared = namesakes(members)
  const detail = (member: Member): string | undefined => {
    if (member.id === you?.id) return member.role === 'owner' ? words.members.youOwner : words.members.you
    if (typing.includes(member.id)) return words.members.writing
    const tag = shared.has(member.id) ? `#${member.id.slice(0, 3)}` : undefined
    const role = member.role === 'member' ? undefined : words.members[member.role]
    return tag === undefined && role === undefined ? undefined : [role, tag].filter(Boolean).join(' · ')
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
          </li>
        ))}
      </ul>
      {count === 1 && <p className="small">{words.members.alone}</p>}
    </section>
  )
}
