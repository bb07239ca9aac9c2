import { Admin } from '@platformatic/kafka'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import {
  enter,
  hear,
  type Member,
  newRoom,
  newSecret,
  ownerHashOf,
  placeOf,
  say,
  sendFrame,
  textsOf,
} from '../support/member.ts'

const SECRET = 'what both gateways know and nobody else'
const LOG = 'whisperrooms.log'
const STATE = 'whisperrooms.state'
/** Until a changed log is noticed, and everybody told: it is looked every five seconds. Milliseconds. */
const TOLD_MS = 15_000

describe.runIf(await kafkaOrSkip())('when the log loses its meaning', () => {
  let broker: TestBroker
  let admin: Admin
  let one: TestGateway
  let other: TestGateway

  beforeAll(async () => {
    broker = await startBroker()
  })
  afterAll(() => broker.stop())
  beforeEach(async () => {
    admin = new Admin({ clientId: 'test', bootstrapBrokers: [broker.brokers] })
    const settings = { KAFKA_BROKERS: broker.brokers, WR_SECRET: SECRET }
    ;[one, other] = await Promise.all([startGateway(settings), startGateway(settings)])
  })
  afterEach(async () => {
    await Promise.all([one.kill(), other.kill()])
    await admin.close()
  })

  /** Ada at one and Bob at the other, in a locked room with an owner, who have said something. */
  async function talk() {
    const room = newRoom()
    const owner = newSecret()
    const create = { ttl: 100, ownerHash: ownerHashOf(room, owner) }
    const ada = await enter(one.url, room, { name: 'Ada', owner, create })
    const bob = await enter(other.url, room, { name: 'Bob' })
    await say(ada, 'before')
    await hear(bob, 'before')
    ada.client.send({ type: 'set', locked: true })
    await bob.client.next('room')
    return { room, ada, bob }
  }

  /** Waits until a member has been told, on their living socket. @returns the epoch they are in now. */
  async function told(member: Member): Promise<string> {
    const gap = await member.client.next('gap', () => true, TOLD_MS)
    expect(gap.missed).toBeNull()
    expect(gap.cursor.epoch).not.toBe(member.welcome.cursor.epoch)
    const pong = await member.client.next('pong')
    expect(pong.cursor.epoch).toBe(gap.cursor.epoch)
    expect(pong.ticket).toBeTypeOf('string')
    return gap.cursor.epoch
  }

  /** Says it again, under its key, for as long as it is refused. */
  async function sayUntilSent({ client }: Member, text: string): Promise<void> {
    const frame = sendFrame({ text })
    await vi.waitFor(
      async () => {
        client.send(frame)
        expect(await client.answer(frame.key)).toMatchObject({ type: 'ack' })
      },
      { timeout: TOLD_MS, interval: 200 },
    )
  }

  async function goesOn({ room, ada, bob }: Awaited<ReturnType<typeof talk>>): Promise<void> {
    expect(await told(ada)).toBe(await told(bob))
    await sayUntilSent(bob, 'after')
    await hear(ada, 'after')
    for (const member of [ada, bob]) expect(textsOf(member)).toEqual(['before', 'after'])
    // The room is as it was, at both: locked, and Bob may come back.
    const back = await enter(one.url, room, { session: bob.session, ...(await placeOf(bob)), create: undefined })
    expect(back.live.recovered).toBe(true)
    expect(back.welcome.room).toMatchObject({ ttl: 100, locked: true })
  }

  test('because its topic was made anew, everybody is told, and goes on in the same room', async () => {
    const talking = await talk()
    await admin.deleteTopics({ topics: [LOG] })
    await goesOn(talking)
    const ready = await fetch(`${one.url}/readyz`)
    expect(ready.status).toBe(200)
  })

  test('because the state beside it was lost, everybody is told, and what was kept there is kept again', async () => {
    const talking = await talk()
    await admin.deleteTopics({ topics: [STATE] })
    await goesOn(talking)
    // Whoever comes to another gateway later learns from the topic alone how the room is, and who is in it.
    const third = await startGateway({ KAFKA_BROKERS: broker.brokers, WR_SECRET: SECRET })
    const { room, bob } = talking
    const again = { name: 'Bob', session: bob.session, ...(await placeOf(bob)), create: undefined }
    const back = await enter(third.url, room, again)
    expect(back.welcome.room).toMatchObject({ ttl: 100, locked: true })
    expect(back.welcome.members.map(({ name }) => name).toSorted()).toEqual(['Ada', 'Bob'])
    await third.kill()
  })

  test('because it has more partitions, everybody is told, and goes on in the same room', async () => {
    const talking = await talk()
    await admin.createPartitions({ topics: [{ name: LOG, count: 70, assignments: null }], validateOnly: false })
    await goesOn(talking)
  })
})
