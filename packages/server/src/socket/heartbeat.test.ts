import { expect, test } from 'vitest'
import { manualTime } from '../testing/manual-time.ts'
import { testGateway } from '../testing/test-gateway.ts'
import type { Connection } from './connection.ts'
import { Heartbeat } from './heartbeat.ts'

/** When a connection is cut off whose other end fell silent at `silentMs`; it answered everything until then. */
async function cutOffAt(silentMs: number): Promise<number> {
  const gateway = await testGateway()
  const { time } = gateway
  const heartbeat = new Heartbeat(time.clock, time.scheduler)
  const { socket, session } = gateway.connect('tea')
  const connection: Connection = session.connection
  heartbeat.add(connection)
  const since = time.clock()
  while (!socket.terminated && time.clock() - since < 120_000) {
    if (time.clock() - since < silentMs) socket.bytesRead++
    await time.advance(100)
  }
  heartbeat.stop()
  return time.clock() - since
}

test.each([0, 1_000, 1_900, 2_100, 7_700])(
  'a peer that falls silent at %i ms is gone within 45 s, and not before 40',
  async (silentMs) => {
    const atMs = await cutOffAt(silentMs)
    expect(atMs - silentMs).toBeGreaterThanOrEqual(silentMs === 0 ? 39_900 : 39_800)
    expect(atMs - silentMs).toBeLessThanOrEqual(45_000)
  },
)

test('time without connections costs one timer', () => {
  const { clock, scheduler } = manualTime()
  let timers = 0
  const counting = {
    ...scheduler,
    after(delayMs: number, task: () => void) {
      timers++
      return scheduler.after(delayMs, task)
    },
  }
  const heartbeat = new Heartbeat(clock, counting)
  expect(timers).toBe(1)
  heartbeat.stop()
})

test('a client that reads no answers to its pings is not read, and is again once it has read them', async () => {
  const gateway = await testGateway()
  const { time } = gateway
  const heartbeat = new Heartbeat(time.clock, time.scheduler)
  const { socket, session, say } = gateway.connect('tea')
  heartbeat.add(session.connection)
  say({ type: 'join', protocol: 1, name: 'Ada', session: 'a'.repeat(22), create: {} })
  // Whoever else is told something reads on for that reason: presence has been said before.
  await time.advance(5_000)
  const pongs = () => socket.received.filter(({ type }) => type === 'pong').length
  socket.stall()
  // The library answers pings itself, past the gateway's sink: any control frames stand for its answers.
  socket.write(Buffer.alloc(70 * 1024, Buffer.from([0x89, 0x00])))
  session.connection.controlled()
  expect(socket.paused).toBe(true)
  say({ type: 'ping' })
  await time.advance(10_000)
  expect(socket.paused).toBe(true)
  socket.drain()
  expect(pongs()).toBe(0)
  await time.advance(2_100)
  heartbeat.stop()
  expect(socket.paused).toBe(false)
  expect(pongs()).toBe(1)
})
