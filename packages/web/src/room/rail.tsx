import { useEffect, useRef } from 'react'
import { useReturned } from '../composer/use-returned.ts'
import type { OpenRoom } from '../rooms/open-rooms.ts'
import { titleOf } from '../rooms/room-name.ts'
import { roomPath } from '../routing/route.ts'
import { Icon } from '../ui/icon.tsx'
import { Link } from '../ui/link.tsx'
import { words } from '../words.ts'
import { RoomGlyph } from './room-glyph.tsx'

interface Props {
  readonly rooms: readonly OpenRoom[]
  readonly current: string
}

/** The rooms of this tab. */
export function Rail({ rooms, current }: Props) {
  const nav = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `current` stands for the item that is marked
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [current])
  return (
    <nav ref={nav} className="rail" aria-label={words.room.rail}>
      <ul>
        {rooms.map(({ room, unread }) => (
          <li key={room}>
            <RailItem room={room} unread={unread} isCurrent={room === current} />
          </li>
        ))}
        <li>
          <Link to="/" className="rail-item rail-add" aria-label={words.room.another} title={words.room.another}>
            <Icon name="plus" />
          </Link>
        </li>
      </ul>
    </nav>
  )
}

interface ItemProps {
  readonly room: string
  readonly unread: number
  readonly isCurrent: boolean
}

function RailItem({ room, unread, isCurrent }: ItemProps) {
  const hasReturned = useReturned(room)
  // Where one is, the composer says it.
  const returned = hasReturned && !isCurrent
  return (
    <Link
      to={roomPath(room)}
      className="rail-item"
      aria-current={isCurrent ? 'page' : undefined}
      aria-label={words.room.railItem(titleOf(room), unread, returned)}
      title={returned ? words.room.railItem(titleOf(room), 0, true) : titleOf(room)}
    >
      <RoomGlyph room={room} />
      {unread > 0 && (
        <span className="badge" aria-hidden="true">
          {words.shortCount(unread)}
        </span>
      )}
      {returned && (
        <span className="returned" aria-hidden="true">
          !
        </span>
      )}
    </Link>
  )
}
