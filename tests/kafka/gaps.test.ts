import { Admin, Producer } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { shardOf } from '../../packages/server/src/bus/bus.ts'
import { kafkaSecrets } from '../../packages/server/src/bus/kafka/secrets.ts'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, hear, type Member, newRoom, placeOf, say, sendFrame, textsOf } from '../support/member.ts'

const SECRET = 'what both gateways know and nobody else'
const LOG = 'whisperrooms.log'
const SHARDS = 64

describe.runIf(await kafkaOrSkip())('what cannot be read', () => {
  let broker: TestBroker
  let gateway: TestGateway
  let producer: Producer<Buffer, Buffer, Buffer, Buffer>
  const { roomKey } = kafkaSecrets(Buffer.from(SECRET))
  const keyOf = (room: string) => roomKey(room as Parameters<typeof roomKey>[0])

  beforeAll(async () => {
    broker = await startBroker()
    gateway = await startGateway({ KAFKA_BROKERS: broker.brokers, WR_SECRET: SECRET })
    producer = new Producer({ clientId: 'stranger', bootstrapBrokers: [broker.brokers], acks: -1 })
  })
  afterAll(async () => {
    await producer.close()
    await gateway.kill()
    await broker.stop()
  })

  const write = (room: string, key: string, value: Buffer) =>
    producer.send({
      messages: [{ topic: LOG, partition: shardOf(keyOf(room), SHARDS), key: Buffer.from(key), value }],
    })

  async function gapOf({ client }: Member) {
    const gap = await client.next('gap')
    return gap.missed
  }

  test.each([
    ['that is corrupt', Buffer.from('{"v":1,\n')],
    ['of a later version', Buffer.from('{"v":2}\nwhat it says')],
    ['that is too large', Buffer.concat([Buffer.from('{"v":1}\n'), Buffer.alloc(200_000, 'x')])],
  ])('in a room, %s, is told as a gap there and nowhere else', async (_, value) => {
    const room = newRoom()
    const ada = await enter(gateway.url, room)
    const elsewhere = await enter(gateway.url, newRoom())
    const place = await placeOf(ada)
    await write(room, keyOf(room), value)
    expect(await gapOf(ada)).toBeNull()
    await say(ada, 'behind it')
    await hear(ada, 'behind it')
    await say(elsewhere, 'not concerned')
    expect(elsewhere.client.frames.some(({ type }) => type === 'gap')).toBe(false)
    // Whoever was away meanwhile cannot be told that they have everything.
    const back = await enter(gateway.url, room, { session: ada.session, ...place })
    expect(back.live).toMatchObject({ recovered: false, missed: null })
    expect(textsOf(back)).toEqual(['behind it'])
  })

  test('of nobody’s room is passed over', async () => {
    const room = newRoom()
    const ada = await enter(gateway.url, room)
    await write(room, 'not a room', Buffer.from('anything'))
    await write(room, keyOf(room), Buffer.from('{"v":1,"kind":"end"}\n{}'))
    await say(ada, 'behind it')
    await hear(ada, 'behind it')
    expect(ada.client.frames.some(({ type }) => type === 'gap')).toBe(false)
  })

  test('because the broker let go of it before it was read, is told as a gap, and what comes next is not lost', async () => {
    const room = newRoom()
    const ada = await enter(gateway.url, room)
    await say(ada, 'before')
    const partition = shardOf(keyOf(room), SHARDS)
    const admin = new Admin({ clientId: 'stranger', bootstrapBrokers: [broker.brokers] })
    process.kill(gateway.pid, 'SIGSTOP')
    try {
      for (let i = 0; i < 3; i++) await write(room, keyOf(room), Buffer.from('whatever'))
      await admin.deleteRecords({ topics: [{ name: LOG, partitions: [{ partition, offset: -1n }] }] })
    } finally {
      process.kill(gateway.pid, 'SIGCONT')
      await admin.close()
    }
    expect(await gapOf(ada)).toBeNull()
    const frame = sendFrame({ text: 'after' })
    await vi.waitFor(
      async () => {
        ada.client.send(frame)
        expect(await ada.client.answer(frame.key)).toMatchObject({ type: 'ack' })
      },
      { timeout: 10_000, interval: 200 },
    )
    await hear(ada, 'after')
    expect(textsOf(ada)).toEqual(['before', 'after'])
  })
})
