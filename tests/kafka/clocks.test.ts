import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { kafkaOrSkip, startBroker } from '../support/broker.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, type Member, newRoom, say, sendFrame, textsOf } from '../support/member.ts'
import { type ShiftedClock, shiftedClock, shiftedClocksOrSkip } from '../support/shifted-clock.ts'

const HOUR_MS = 3_600_000
const TTL_MS = 3_000
/** What a deadline may be off by, in milliseconds. */
const OFF_MS = 1_000
const TOLD_MS = 15_000

const available = (await kafkaOrSkip()) && (await shiftedClocksOrSkip())

describe.runIf(available)('P5 deadlines, whatever a clock shows', () => {
  const endings: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of endings.reverse()) await end()
    endings.length = 0
  })

  async function clockThatIs(aheadMs: number): Promise<ShiftedClock> {
    const clock = await shiftedClock(aheadMs)
    endings.push(() => clock.remove())
    return clock
  }

  /** Two gateways on a broker; the first gateway's clock and the broker's may be other ones than this machine's. */
  async function start(clocks: { readonly broker?: ShiftedClock; readonly gateway?: ShiftedClock }) {
    const broker = await startBroker(clocks.broker === undefined ? {} : { clock: clocks.broker })
    endings.push(() => broker.stop())
    const settings = { KAFKA_BROKERS: broker.brokers, WR_SECRET: 'what both gateways know and nobody else' }
    const gateways = await Promise.all([startGateway({ ...settings, ...clocks.gateway?.env }), startGateway(settings)])
    endings.push(() => Promise.all(gateways.map((gateway) => gateway.kill())))
    return gateways
  }

  async function talk([one, other]: readonly [TestGateway, TestGateway]) {
    const room = newRoom()
    const ada = await enter(one.url, room, { create: { ttl: TTL_MS / 1000 } })
    const bob = await enter(other.url, room)
    return { room, ada, bob, urls: [one.url, other.url] }
  }

  /** Says something until it is in the log, and looks by this machine's monotonic clock how long it is served. */
  async function expectDeadline({ room, ada, urls }: Awaited<ReturnType<typeof talk>>, text: string): Promise<void> {
    const frame = sendFrame({ text })
    let sentMs = 0
    await vi.waitFor(
      async () => {
        sentMs = performance.now()
        ada.client.send(frame)
        expect(await ada.client.answer(frame.key)).toMatchObject({ type: 'ack' })
      },
      { timeout: TOLD_MS, interval: 100 },
    )
    const ackedMs = performance.now()
    await untilMonotonic(sentMs + TTL_MS - OFF_MS)
    for (const url of urls) expect(textsOf(await enter(url, room, { create: undefined }))).toContain(text)
    await untilMonotonic(ackedMs + TTL_MS + OFF_MS)
    for (const url of urls) expect(textsOf(await enter(url, room, { create: undefined }))).not.toContain(text)
  }

  async function told({ client, welcome }: Member): Promise<void> {
    const gap = await client.next('gap', () => true, TOLD_MS)
    expect(gap.cursor.epoch).not.toBe(welcome.cursor.epoch)
  }

  test.each([
    ['an hour ahead', HOUR_MS],
    ['an hour behind', -HOUR_MS],
  ])('a gateway’s, %s, and set while it runs', async (_, aheadMs) => {
    const clock = await clockThatIs(aheadMs)
    const talking = await talk(await start({ gateway: clock }))
    await expectDeadline(talking, 'by the wrong clock')
    clock.step(-2 * aheadMs)
    await expectDeadline(talking, 'by the clock that was set')
    expect(talking.ada.client.frames.some(({ type }) => type === 'gap')).toBe(false)
  })

  test.each([
    ['forward', HOUR_MS],
    ['back', -HOUR_MS],
  ])('a broker’s, an hour off, and set %s while it runs: then everybody is told', async (_, stepMs) => {
    const clock = await clockThatIs(HOUR_MS)
    const talking = await talk(await start({ broker: clock }))
    await expectDeadline(talking, 'by the wrong clock')
    const frame = sendFrame({ text: 'before it is set', ttl: 3 })
    await say(talking.ada, frame)
    clock.step(stepMs)
    await Promise.all([told(talking.ada), told(talking.bob)])
    await expectDeadline(talking, 'by the clock that was set')
    for (const { client } of [talking.ada, talking.bob])
      expect(client.frames.filter((one) => one.type === 'message' && one.text === 'before it is set')).toHaveLength(1)
  })
})

/** Waits until this machine's monotonic clock has come to `ms`. */
async function untilMonotonic(ms: number): Promise<void> {
  while (performance.now() < ms) await delay(Math.max(1, ms - performance.now()))
}
