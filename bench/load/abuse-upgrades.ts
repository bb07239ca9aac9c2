import { connect } from 'node:net'
import { count } from './abuse-connection.ts'
import type { Flood } from './abuse-flood.ts'
import type { Abuser } from './abuse-jobs.ts'

/** So many are under way at once at the most: more only wait in the kernel. */
const MOST_UNDER_WAY = 100

/** Connections at a rate from one address; whichever is answered, is ended. */
export function upgradeFlood(port: number, { kind, room, rate }: Abuser, address: string): Flood {
  const refusedUpgrades: Record<string, number> = {}
  let [sent, heldBack, connections, workedMs] = [0, 0, 0, 0]
  let underWay = 0
  let timer: NodeJS.Timeout | undefined
  let beganMs = 0

  const request =
    `GET /ws/${room} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `X-Forwarded-For: ${address}\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n`

  function ask(): void {
    underWay++
    sent++
    const socket = connect({ host: '127.0.0.1', port })
    socket.write(request)
    socket.once('data', (answer) => {
      const status = answer.toString('latin1', 9, 12)
      if (status === '101') connections++
      else count(refusedUpgrades, status)
      socket.resetAndDestroy()
    })
    socket.on('error', () => count(refusedUpgrades, 'none'))
    socket.once('close', () => underWay--)
  }

  async function stop(): Promise<void> {
    if (timer === undefined) return
    clearInterval(timer)
    timer = undefined
    workedMs += performance.now() - beganMs
  }

  return {
    start() {
      beganMs = performance.now()
      let dueMs = beganMs
      timer = setInterval(() => {
        for (const now = performance.now(); dueMs <= now; dueMs += 1_000 / rate) {
          if (underWay < MOST_UNDER_WAY) ask()
          else heldBack++
        }
      }, 1)
    },
    stop,
    tally: () => ({
      kind,
      sent,
      heldBack,
      connections,
      seconds: workedMs / 1_000,
      refusedUpgrades,
      refusals: {},
      closes: {},
    }),
  }
}
