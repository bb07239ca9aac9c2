import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { shardOf } from '../../packages/server/src/bus/bus.ts'
import { kafkaSecrets } from '../../packages/server/src/bus/kafka/secrets.ts'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'
import { failToStart, startGateway, type TestGateway } from '../support/gateway.ts'
import { withAdmin } from '../support/kafka-client.ts'
import { enter, hear, type Member, newRoom, say, sendFrame, textsOf } from '../support/member.ts'

const SECRET = 'what both gateways know and nobody else'
const LOG = 'whisperrooms.log'
/** From the death of a broker until others lead what it led, and are known to. Milliseconds. */
const MOVED_MS = 20_000

describe.runIf(await kafkaOrSkip())('gateways on two brokers', () => {
  let brokers: TestBroker
  let one: TestGateway
  let other: TestGateway
  const { roomKey } = kafkaSecrets(Buffer.from(SECRET))

  beforeAll(async () => {
    brokers = await startBroker({ nodes: 2 })
    const settings = { KAFKA_BROKERS: brokers.brokers, WR_SECRET: SECRET }
    // The first makes the topics, which takes brokers that have just started a while.
    one = await startGateway(settings)
    other = await startGateway(settings)
  })
  afterAll(async () => {
    await Promise.all([one.kill(), other.kill()])
    await brokers.stop()
  })

  /** The broker that leads a room's shard. */
  async function leaderOf(room: string): Promise<number | undefined> {
    return withAdmin({ clientId: 'test', bootstrapBrokers: brokers.brokers.split(',') }, async (admin) => {
      const { topics } = await admin.metadata({ topics: [LOG] })
      const partitions = topics.get(LOG)?.partitions ?? []
      return partitions[shardOf(roomKey(room as Parameters<typeof roomKey>[0]), partitions.length)]?.leader
    })
  }

  async function roomLedBy(broker: number): Promise<string> {
    for (;;) {
      const room = newRoom()
      if ((await leaderOf(room)) === broker) return room
    }
  }

  /** Somebody at each gateway, in a room that the broker leads. */
  async function talkOn(broker: number): Promise<{ ada: Member; bob: Member }> {
    const room = await roomLedBy(broker)
    return { ada: await enter(one.url, room, { name: 'Ada' }), bob: await enter(other.url, room, { name: 'Bob' }) }
  }

  async function sayUntilSent({ client }: Member, text: string): Promise<void> {
    const frame = sendFrame({ text })
    await vi.waitFor(
      async () => {
        client.send(frame)
        expect(await client.answer(frame.key)).toMatchObject({ type: 'ack' })
      },
      { timeout: MOVED_MS, interval: 500 },
    )
  }

  test('when one dies, what the other leads goes on at once, and what it led goes on at the other: nothing is lost or doubled', async () => {
    const staying = await talkOn(1)
    const moving = await talkOn(2)
    for (const { ada, bob } of [staying, moving]) {
      await say(ada, 'before')
      await hear(bob, 'before')
    }
    await brokers.killNode(2)
    // Not one of these is refused.
    for (let i = 0; i < 10; i++) {
      await say(staying.ada, `meanwhile ${i}`)
      await hear(staying.bob, `meanwhile ${i}`)
    }
    await sayUntilSent(moving.ada, 'after')
    await sayUntilSent(moving.bob, 'and after')
    await hear(moving.bob, 'and after')
    await hear(moving.ada, 'and after')
    for (const member of [moving.ada, moving.bob]) {
      expect(textsOf(member)).toEqual(['before', 'after', 'and after'])
      expect(member.client.frames.some(({ type }) => type === 'gap')).toBe(false)
    }
    await brokers.startNode(2)
    await sayUntilSent(moving.ada, 'both are there')
    await hear(moving.bob, 'both are there')
  })

  test('a gateway with another secret does not start', async () => {
    const { code, output } = await failToStart({ KAFKA_BROKERS: brokers.brokers, WR_SECRET: SECRET.toUpperCase() })
    expect(code).toBe(1)
    expect(output).toContain('WR_SECRET')
  })
})
