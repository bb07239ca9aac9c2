import type { RoomConnection, RoomSnapshot } from '@whisperrooms/client'
import { titleOf } from '../rooms/room-name.ts'
import { words } from '../words.ts'
import { barWords } from './bar-words.ts'
import { Face } from './face.tsx'
import { useDown } from './use-down.ts'

interface Props {
  readonly connection: RoomConnection
  readonly snapshot: RoomSnapshot
}

/** On the way in: nothing of the room is known yet. */
export function EnteringFace({ connection, snapshot }: Props) {
  const { now, downMs } = useDown(connection, false)
  const bar = barWords(snapshot, now, downMs)
  const text = bar === undefined ? undefined : bar.text === words.connection.lost ? words.connection.slow : bar.text
  const next = bar?.retryInSeconds === undefined ? undefined : words.connection.triesIn(bar.retryInSeconds)
  return (
    <Face
      busy
      title={words.enter.entering(titleOf(connection.room))}
      text={
        <>
          <span role="status">{text}</span>
          {/* Counts every second, which nobody wants to have read out. */}
          {next !== undefined && <span aria-hidden="true">; {next}</span>}
        </>
      }
    >
      {bar?.mayTryNow && (
        <button type="button" className="quiet" onClick={() => connection.reconnectNow()}>
          {words.connection.nowLabel}
        </button>
      )}
    </Face>
  )
}
