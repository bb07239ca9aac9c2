import type { RoomSnapshot } from '@whisperrooms/client'
import type { ReactNode } from 'react'
import { MemberStack } from '../members/member-stack.tsx'
import { isPrivateRoom, titleOf } from '../rooms/room-name.ts'
import { words } from '../words.ts'
import { RoomGlyph } from './room-glyph.tsx'

interface Props {
  readonly room: string
  readonly snapshot: RoomSnapshot
  /** One is inside: there is somebody to see, and something to invite to. */
  readonly entered: boolean
  readonly membersShown: boolean
  readonly onMembers: () => void
  readonly onInvite: () => void
  readonly menu: ReactNode
}

/** Where one is, who can read it, for how long, and who is here. */
export function RoomHeader({ room, snapshot, entered, membersShown, onMembers, onInvite, menu }: Props) {
  const { settings, members, count } = snapshot
  const facts = [
    isPrivateRoom(room) ? words.room.unlisted : words.room.open,
    settings?.locked === true ? words.room.locked : undefined,
    words.room.readable,
    settings === undefined ? undefined : words.room.lives(settings.ttl),
  ].filter((fact) => fact !== undefined)
  return (
    <header className="room-header">
      <RoomGlyph room={room} />
      <h1>{titleOf(room)}</h1>
      <p className="facts">{facts.join(' · ')}</p>
      <div className="room-actions">
        {entered && (
          <>
            <MemberStack members={members} count={count} expanded={membersShown} onClick={onMembers} />
            <button type="button" className="invite" onClick={onInvite}>
              {words.invite.button}
            </button>
          </>
        )}
        {menu}
      </div>
    </header>
  )
}
