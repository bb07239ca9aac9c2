import { useEffect, useRef } from 'react'
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
            <Link
              to={roomPath(room)}
              className="rail-item"
              aria-current={room === current ? 'page' : undefined}
              aria-label={words.room.railItem(titleOf(room), unread)}
              title={titleOf(room)}
            >
              <RoomGlyph room={room} />
              {unread > 0 && (
                <span className="badge" aria-hidden="true">
                  {words.shortCount(unread)}
                </span>
              )}
            </Link>
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
