import { type FormEvent, useState } from 'react'
import { useReturned } from '../composer/use-returned.ts'
import { RoomGlyph } from '../room/room-glyph.tsx'
import { MOST_ROOMS } from '../rooms/open-rooms.ts'
import { newPrivateRoom, readRoomName, titleOf } from '../rooms/room-name.ts'
import { useOpenRooms, useTab } from '../rooms/use-rooms.ts'
import { navigate, roomPath } from '../routing/route.ts'
import { ThemeButton } from '../settings/theme-choice.tsx'
import { useTtlLimits } from '../settings/use-ttl-limits.ts'
import { Link } from '../ui/link.tsx'
import { Mark } from '../ui/mark.tsx'
import { NameField } from '../ui/name-field.tsx'
import { RememberName } from '../ui/remember-name.tsx'
import { ReportAbuse } from '../ui/report-abuse.tsx'
import { TtlChoice } from '../ui/ttl-choice.tsx'
import { useName } from '../ui/use-name.ts'
import { useTitle } from '../ui/use-title.ts'
import { words } from '../words.ts'
import { HowItWorks } from './how-it-works.tsx'
import { OpenByName } from './open-by-name.tsx'

interface Props {
  /** A private room was made here: its maker will want to invite. */
  readonly onStarted: (room: string) => void
}

/** The two ways in. */
export function Home({ onStarted }: Props) {
  const { rooms } = useTab()
  const open = useOpenRooms()
  const name = useName(open.at(-1)?.name)
  const { ttlDefault } = useTtlLimits()
  const [chosenTtl, setTtl] = useState<number>()
  const ttlSeconds = chosenTtl ?? ttlDefault
  const [fault, setFault] = useState<string>()
  const [how, setHow] = useState(false)
  useTitle(
    open.reduce((sum, { unread }) => sum + unread, 0),
    undefined,
  )

  const enter = (room: string, own: boolean): boolean => {
    const chosen = name.take()
    if (chosen === undefined) return false
    if (!rooms.enter({ room, name: chosen, create: { ttlSeconds, listed: false, own } })) {
      setFault(words.start.tooMany(MOST_ROOMS))
      return false
    }
    navigate(roomPath(room))
    return true
  }
  const startPrivately = (event: FormEvent) => {
    event.preventDefault()
    const room = newPrivateRoom((bytes) => crypto.getRandomValues(bytes))
    if (enter(room, true)) onStarted(room)
  }
  const openByName = (typed: string): string | undefined => {
    const read = readRoomName(typed, location.origin)
    if (read.ok) {
      enter(read.room, false)
      return undefined
    }
    switch (read.fault) {
      case 'missing':
        return words.start.roomMissing
      case 'long':
        return words.start.roomLong
      case 'bad':
        return words.start.roomBad
    }
  }

  return (
    <div className="home">
      <header>
        <Mark />
      </header>
      <main>
        <div className="promise">
          <h1>
            {words.promise.talk}
            <br />
            <em>{words.promise.gone}</em>
          </h1>
          <p>{words.promise.text}</p>
        </div>
        {open.length > 0 && (
          <nav className="field" aria-label={words.start.backTo}>
            <span className="label">{words.start.backTo}</span>
            <ul className="back-to">
              {open.map(({ room, unread }) => (
                <li key={room}>
                  <BackTo room={room} unread={unread} />
                </li>
              ))}
            </ul>
          </nav>
        )}
        <form onSubmit={startPrivately} autoComplete="off" noValidate>
          <div className="field">
            <NameField {...name.field} />
            <RememberName {...name.remember} />
          </div>
          <TtlChoice seconds={ttlSeconds} onChange={setTtl} label={words.start.ttl} />
          <button type="submit" className="primary">
            {words.start.privately}
          </button>
          {fault !== undefined && (
            <p className="fault" role="alert">
              {fault}
            </p>
          )}
        </form>
        <OpenByName onOpen={openByName} />
      </main>
      <footer>
        <button type="button" className="footer-button" onClick={() => setHow(true)}>
          {words.how.link}
        </button>
        <ThemeButton />
        <ReportAbuse className="footer-button" />
      </footer>
      <HowItWorks open={how} onClose={() => setHow(false)} />
    </div>
  )
}

function BackTo({ room, unread }: { readonly room: string; readonly unread: number }) {
  const returned = useReturned(room)
  return (
    <Link to={roomPath(room)} aria-label={words.room.railItem(titleOf(room), unread, returned)}>
      <RoomGlyph room={room} size="small" />
      {titleOf(room)}
      {unread > 0 && <span className="badge">{words.shortCount(unread)}</span>}
      {returned && <span className="returned">!</span>}
    </Link>
  )
}
