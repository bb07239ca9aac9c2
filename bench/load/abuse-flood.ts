import { AbuseConnection } from './abuse-connection.ts'
import type { Abuser, AbuseTally } from './abuse-jobs.ts'

/** Beyond this much that the gateway has not read, an abuser writes no more: it would fill its own memory. */
const MOST_UNSENT_BYTES = 256 * 1024
/** What was missed for longer is not made up for, in milliseconds: the load's own pauses are not to become bursts of seconds. */
const MOST_ARREARS_MS = 50

/** Something that floods until it is stopped. */
export interface Flood {
  start(): void
  /** Resolves when its connections have ended. */
  stop(): Promise<void>
  tally(): AbuseTally
}

/** Frames at a rate; closed, it comes back at once, and once its address is refused, from another one. */
export function frameFlood(
  port: number,
  { kind, room, rate }: Abuser,
  next: () => Buffer,
  nextAddress: () => string,
): Flood {
  const met = { refusals: {}, closes: {}, refusedUpgrades: {} }
  let [sent, heldBack, connections, connectedMs] = [0, 0, 0, 0]
  let run = 0
  let flooding = Promise.resolve()

  async function keepFlooding(mine: number): Promise<void> {
    let address = nextAddress()
    while (run === mine) {
      const connection = await AbuseConnection.open(port, room, address, met)
      if (connection === undefined) {
        address = nextAddress()
        continue
      }
      connections++
      await flood(connection, mine)
    }
  }

  async function flood(connection: AbuseConnection, mine: number): Promise<void> {
    const beganMs = performance.now()
    let dueMs = beganMs
    const timer = setInterval(() => {
      if (run !== mine) return connection.destroy()
      const now = performance.now()
      dueMs = Math.max(dueMs, now - MOST_ARREARS_MS)
      for (; dueMs <= now; dueMs += 1_000 / rate) {
        if (connection.unsentBytes > MOST_UNSENT_BYTES) heldBack++
        else {
          connection.write(next())
          sent++
        }
      }
    }, 1)
    await connection.ended
    clearInterval(timer)
    connectedMs += performance.now() - beganMs
  }

  return {
    start() {
      flooding = keepFlooding(++run)
    },
    stop() {
      run++
      return flooding
    },
    tally: () => ({ kind, sent, heldBack, connections, seconds: connectedMs / 1_000, ...met }),
  }
}
