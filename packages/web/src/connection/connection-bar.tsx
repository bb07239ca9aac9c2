import type { RoomConnection, RoomSnapshot } from '@whisperrooms/client'
import { words } from '../words.ts'
import { barWords } from './bar-words.ts'
import { useDown } from './use-down.ts'

interface Props {
  readonly connection: RoomConnection
  readonly snapshot: RoomSnapshot
}

/** Says quietly when the room cannot be reached, and when it is tried again. Empty otherwise, but always there to be read out. */
export function ConnectionBar({ connection, snapshot }: Props) {
  const { now, downMs } = useDown(connection, snapshot.connection.status === 'live')
  const bar = barWords(snapshot, now, downMs)
  return (
    <div className="bar" data-shown={bar !== undefined}>
      <span role="status">{bar?.text}</span>
      {bar !== undefined && (bar.trying || bar.retryInSeconds !== undefined) && (
        // Counts every second, which nobody wants to have read out.
        <span aria-hidden="true">
          · {bar.retryInSeconds === undefined ? words.connection.trying : words.connection.triesIn(bar.retryInSeconds)}
        </span>
      )}
      {bar?.mayTryNow && (
        <>
          <span aria-hidden="true">·</span>
          <button
            type="button"
            className="text-button"
            aria-label={words.connection.nowLabel}
            onClick={() => connection.reconnectNow()}
          >
            {words.connection.now}
          </button>
        </>
      )}
    </div>
  )
}
