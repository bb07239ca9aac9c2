import { type FormEvent, useState } from 'react'
import { MOST_ROOMS } from '../rooms/open-rooms.ts'
import { isPrivateRoom, titleOf } from '../rooms/room-name.ts'
import { useOpenRooms } from '../rooms/use-rooms.ts'
import { Mark } from '../ui/mark.tsx'
import { NameField } from '../ui/name-field.tsx'
import { RememberName } from '../ui/remember-name.tsx'
import { useName } from '../ui/use-name.ts'
import { words } from '../words.ts'
import { RoomGlyph } from './room-glyph.tsx'

interface Props {
  readonly room: string
  /** @returns `false` when this tab has all the rooms it may have. */
  readonly onEnter: (name: string) => boolean
}

/** The door: nobody's name is shown to a room before they said so themselves. */
export function Enter({ room, onEnter }: Props) {
  const name = useName(useOpenRooms().at(-1)?.name)
  const [fault, setFault] = useState<string>()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const chosen = name.take()
    if (chosen !== undefined && !onEnter(chosen)) setFault(words.start.tooMany(MOST_ROOMS))
  }
  return (
    <div className="door">
      <header>
        <Mark />
      </header>
      <main>
        <div className="door-room">
          <RoomGlyph room={room} size="large" />
          <div>
            <p className="small">{isPrivateRoom(room) ? words.enter.private : words.enter.named}</p>
            <h1>{titleOf(room)}</h1>
          </div>
        </div>
        <form onSubmit={submit} autoComplete="off" noValidate>
          <div className="field">
            <NameField {...name.field} autoFocus />
            <RememberName {...name.remember} />
          </div>
          <button type="submit" className="primary">
            {words.enter.button}
          </button>
          {fault !== undefined && (
            <p className="fault" role="alert">
              {fault}
            </p>
          )}
          <p className="small">{words.enter.text}</p>
        </form>
      </main>
    </div>
  )
}
