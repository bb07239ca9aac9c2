import { hueOf } from '../members/hue.ts'
import { initialOf } from '../members/initial.ts'
import { titleOf } from '../rooms/room-name.ts'

interface Props {
  readonly room: string
  readonly size?: 'small' | 'normal' | 'large'
}

/** A room's initials on its own colour. Decoration: the title stands next to it or is in the label around it. */
export function RoomGlyph({ room, size = 'normal' }: Props) {
  const initials = titleOf(room)
    .split(/[ _-]+/)
    .filter((word) => word !== '')
    .slice(0, 2)
    .map(initialOf)
    .join('')
  return (
    <span className={`glyph glyph-${size}`} data-hue={hueOf(room)} aria-hidden="true">
      {initials || '#'}
    </span>
  )
}
