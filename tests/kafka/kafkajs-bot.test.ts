import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { partitionOf, roomKeyOf } from '../../examples/kafkajs-bot/src/record.ts'
import { startBot, type TestBot } from '../support/bot.ts'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, hear, newKey, newRoom, newSecret, ownerHashOf, ping, say, textsOf } from '../support/member.ts'

const SECRET = 'what the gateways know and a bot does not'
const NAMES_KEY_COMMAND = join(import.meta.dirname, '../../packages/server/src/names-key.ts')
const TOPIC = 'whisperrooms.log'

/** What an operator gives to a bot, as the command prints it. */
function namesKeyOf(secret: string): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [NAMES_KEY_COMMAND], {
    env: { WR_SECRET: secret },
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([0, ''])
  return stdout.trim()
}

test('the key of names is told to who has the secret, and to nobody else', () => {
  expect(namesKeyOf(SECRET)).toMatch(/^[\w-]{43}$/)
  for (const secret of ['', 'canary of a secret']) {
    const { stdout, stderr, status } = spawnSync(process.execPath, [NAMES_KEY_COMMAND], {
      env: { WR_SECRET: secret },
      encoding: 'utf8',
    })
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^WR_SECRET must /)
    expect(stderr).not.toContain('canary')
  }
})

describe.runIf(await kafkaOrSkip())('a program on the topic', () => {
  const namesKey = namesKeyOf(SECRET)
  let broker: TestBroker
  let gateway: TestGateway
  let producer: Producer
  let partitions: number

  beforeAll(async () => {
    broker = await startBroker()
    gateway = await startGateway({ KAFKA_BROKERS: broker.brokers, WR_SECRET: SECRET })
    const kafka = new Kafka({ brokers: [broker.brokers], logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    partitions = (await admin.fetchTopicOffsets(TOPIC)).length
    await admin.disconnect()
    producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false })
    await producer.connect()
  })
  afterAll(async () => {
    await producer.disconnect()
    await gateway.kill()
    await broker.stop()
  })

  /** Appends whatever it is given to a room's partition, under the room's key unless told otherwise. */
  async function append(
    room: string,
    value: Buffer | string | null,
    key: string | Buffer | null = keyOf(room),
  ): Promise<void> {
    await producer.send({ topic: TOPIC, messages: [{ partition: partitionOf(keyOf(room), partitions), key, value }] })
  }

  const keyOf = (room: string): string => roomKeyOf(Buffer.from(namesKey, 'base64url'), room)

  describe('the example', () => {
    let room: string
    let bot: TestBot

    beforeEach(async () => {
      room = newRoom()
      bot = await startBot({ KAFKA_BROKERS: broker.brokers, WR_NAMES_KEY: namesKey, ROOM: room, NAME: 'Robin' })
    })
    afterEach(() => bot.kill())

    test('members hear the bot and the bot hears them, until it has nothing more to say', async () => {
      const ada = await enter(gateway.url, room, { name: 'Ada' })
      bot.say('hello from the topic')
      const heard = await hear(ada, 'hello from the topic')
      expect(heard.from).toMatchObject({ name: 'Robin' })
      expect(heard.expires - heard.at).toBe(120_000)
      await say(ada, 'hello yourself')
      await bot.hear('Ada: hello yourself')
      // Not what it said itself, and nothing of other rooms.
      await say(await enter(gateway.url, newRoom(), { name: 'Eve' }), 'elsewhere')
      await say(ada, 'the last')
      await bot.hear('Ada: the last')
      expect(bot.heard).toEqual(['Ada: hello yourself', 'Ada: the last'])
      expect(await bot.stop()).toBe(0)
    })

    test('what was sent again is heard once, and what could move a terminal’s cursor is not passed on', async () => {
      const ada = await enter(gateway.url, room, { name: 'Ada' })
      const message = { key: newKey(), text: 'once\u001b[2J\nonly' }
      await say(ada, message)
      await say(ada, message)
      await say(ada, 'behind it')
      await bot.hear('Ada: behind it')
      expect(bot.heard).toEqual(['Ada: once [2J only', 'Ada: behind it'])
    })

    test('what no member could be shown it does not write', async () => {
      const ada = await enter(gateway.url, room, { name: 'Ada' })
      for (const text of ['', '   ', 'x'.repeat(4_001)]) {
        bot.say(text)
        await bot.told(/^not said: a message has 1 to 4000 characters$/)
      }
      bot.say('this one')
      await hear(ada, 'this one')
      expect(textsOf(ada)).toEqual(['this one'])
    })
  })

  describe('whatever it writes', () => {
    const envelope = (fields: object) => ({
      v: 1,
      kind: 'message',
      member: 'AAAAAAAAAAAAAAAA',
      as: 'member',
      joined: -1,
      key: newKey(),
      ttl: 60,
      notAfter: Date.now() + 10_000,
      ...fields,
    })
    const record = (
      fields: object,
      body: object | string = { from: { id: 'AAAAAAAAAAAAAAAA', name: 'Bot' }, text: 'x' },
    ) => `${JSON.stringify(envelope(fields))}\n${typeof body === 'string' ? body : JSON.stringify(body)}`

    test('what changes a room is from gateways: from anybody else it does nothing', async () => {
      const room = newRoom()
      const owner = newSecret()
      const ownerHash = ownerHashOf(room, owner)
      const ada = await enter(gateway.url, room, { name: 'Ada', owner, create: { ownerHash } })
      await say(ada, 'still here')
      const asOwner = { as: 'owner', owner: ownerHash, ttl: 0 }
      await append(room, record({ ...asOwner, kind: 'burn' }, {}))
      await append(room, record({ ...asOwner, kind: 'set', mac: 'AAAAAAAAAAAAAAAAAAAAAA' }, { locked: true }))
      await append(
        room,
        record({ ...asOwner, kind: 'typing' }, { from: { id: 'AAAAAAAAAAAAAAAA', name: 'Bot' }, on: true }),
      )
      await append(room, record({ ...asOwner, kind: 'not-known-yet', ttl: 60 }, {}))
      await say(ada, 'behind it')
      await hear(ada, 'behind it')
      for (const type of ['removed', 'room', 'typing', 'relay'])
        expect(ada.client.frames.map((frame) => frame.type)).not.toContain(type)
      const bob = await enter(gateway.url, room, { name: 'Bob' })
      expect(textsOf(bob)).toEqual(['still here', 'behind it'])
      expect(bob.welcome.room.locked).toBe(false)
    })

    test('a room that nobody made is not made by a message', async () => {
      const room = newRoom()
      await append(room, record({}))
      const ada = await enter(gateway.url, room)
      expect(textsOf(ada)).toEqual([])
    })

    test('what cannot be read keeps nobody from what comes behind it', async () => {
      const room = newRoom()
      const ada = await enter(gateway.url, room)
      const good = { from: { id: 'AAAAAAAAAAAAAAAA', name: 'Bot' }, text: 'canary' }
      for (const value of [
        'not a record',
        Buffer.alloc(300, 0xff),
        Buffer.alloc(0),
        record({ ttl: 1e9 }),
        record({ member: 'BBBBBBBBBBBBBBBB' }, good),
        record({ v: 2, kind: 'of another time' }),
        record({}, `${JSON.stringify(good)}{"offset":1}`),
        record({}, { ...good, offset: 5 }),
        record({}, { ...good, text: 'x'.repeat(100_000) }),
      ])
        await append(room, value)
      await append(room, null)
      for (const key of [null, 'somebody else’s', Buffer.alloc(22, 0xff)]) await append(room, record({}, good), key)
      await say(ada, 'behind it all')
      await hear(ada, 'behind it all')
      expect(textsOf(ada)).toEqual(['behind it all'])
      await ping(ada)
      expect(gateway.output()).not.toContain('canary')
    })
  })
})
