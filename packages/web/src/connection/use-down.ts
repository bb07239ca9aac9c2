import type { RoomConnection } from '@whisperrooms/client'
import { useEffect, useState } from 'react'

interface Down {
  /** The connection's clock, in milliseconds. */
  readonly now: number
  /** For how long the connection has not been live, in milliseconds. */
  readonly downMs: number
}

/** For how long a connection has been away; counts by the second while it is. */
export function useDown(connection: RoomConnection, live: boolean): Down {
  const [down, setDown] = useState<Down>({ now: connection.now(), downMs: 0 })
  useEffect(() => {
    const since = connection.now()
    const count = () => setDown({ now: connection.now(), downMs: live ? 0 : connection.now() - since })
    count()
    if (live) return
    const timer = setInterval(count, 500)
    return () => clearInterval(timer)
  }, [connection, live])
  return down
}
