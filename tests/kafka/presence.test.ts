import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PresenceFrame, ServerFrame } from '@whisperrooms/protocol'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { withAdmin } from '../support/kafka-client.ts'
import { enter, hear, type Member, newRoom, newSecret, placeOf, say, untilBusTime } from '../support/member.ts'

const SECRET = 'what both gateways know and nobody else'
/** A gateway that died takes its members with it within this time, in milliseconds. */
const GONE_MS = 15_000
/** Until it is noticed that the topics are gone, and everybody told: it is looked every five seconds. Milliseconds. */
const TOLD_MS = 15_000

/** Who is here, as a client that follows the frames knows it: name by id. */
function peopleOf({ client, welcome }: Member): Map<string, string> {
  const people = new Map(welcome.members.map(({ id, name }) => [id as string, name]))
  for (const frame of client.frames.filter(isPresence)) {
    if (frame.members !== undefined) people.clear()
    for (const { id, name } of [...(frame.members ?? []), ...(frame.joined ?? []), ...(frame.changed ?? [])])
      people.set(id, name)
    for (const id of frame.left ?? []) people.delete(id)
  }
  return people
}

const isPresence = (frame: ServerFrame): frame is PresenceFrame => frame.type === 'presence'
const namesAt = (member: Member): string[] => [...peopleOf(member).values()].toSorted()

/** Waits until a member knows these people, and no others. */
const untilNames = (member: Member, names: readonly string[], patienceMs?: number): Promise<void> =>
  vi.waitFor(() => expect(namesAt(member)).toEqual(names), { timeout: patienceMs ?? 10_000, interval: 50 })

describe.runIf(await kafkaOrSkip())('who is here, at two gateways', () => {
  let broker: TestBroker
  let one: TestGateway
  let other: TestGateway
  const start = () => startGateway({ KAFKA_BROKERS: broker.brokers, WR_SECRET: SECRET })

  beforeAll(async () => {
    broker = await startBroker()
    ;[one, other] = await Promise.all([start(), start()])
  })
  afterAll(async () => {
    await Promise.all([one.kill(), other.kill()])
    await broker.stop()
  })

  test('members at one are listed at the other: when they come, take another name, and leave', async () => {
    const room = newRoom()
    const ada = await enter(one.url, room, { name: 'Ada' })
    const bob = await enter(other.url, room, { name: 'Bob' })
    for (const member of [ada, bob]) await untilNames(member, ['Ada', 'Bob'])
    bob.client.send({ type: 'rename', name: 'Robert' })
    await untilNames(ada, ['Ada', 'Robert'])
    const cy = await enter(one.url, room, { name: 'Cy' })
    expect(namesAt(cy)).toEqual(['Ada', 'Cy', 'Robert'])
    bob.client.send({ type: 'leave' })
    for (const member of [ada, cy]) await untilNames(member, ['Ada', 'Cy'])
  })

  test('a session at both is one person, by the name taken last; it stays until both are gone', async () => {
    const room = newRoom()
    const session = newSecret()
    const watcher = await enter(one.url, room, { name: 'Watcher' })
    const here = await enter(one.url, room, { name: 'Ada', session })
    // Two gateways on a busy machine know the bus's time less exactly than one follows the other here.
    await untilBusTime(watcher, here.welcome.now + 500)
    const there = await enter(other.url, room, { name: 'Countess', session })
    await untilNames(watcher, ['Countess', 'Watcher'])
    await say(here, 'by which name')
    expect((await hear(watcher, 'by which name')).from.name).toBe('Countess')
    here.client.send({ type: 'leave' })
    await say(there, 'still here')
    await hear(watcher, 'still here')
    expect(namesAt(watcher)).toEqual(['Countess', 'Watcher'])
    there.client.send({ type: 'leave' })
    await untilNames(watcher, ['Watcher'])
  })

  test('whoever types at one is seen typing at the other', async () => {
    const room = newRoom()
    const ada = await enter(one.url, room, { name: 'Ada' })
    const bob = await enter(other.url, room, { name: 'Bob' })
    ada.client.send({ type: 'typing', on: true })
    expect(await bob.client.next('typing')).toMatchObject({ from: { id: ada.welcome.you.id, name: 'Ada' }, on: true })
  })

  test('a member who changes gateways within the grace never left', async () => {
    const room = newRoom()
    const watcher = await enter(one.url, room, { name: 'Watcher' })
    const ada = await enter(one.url, room, { name: 'Ada' })
    const place = await placeOf(ada)
    ada.client.drop()
    const back = await enter(other.url, room, { name: 'Ada', session: ada.session, ...place })
    await say(back, 'from the other')
    await hear(watcher, 'from the other')
    // Longer than the grace at the gateway she left.
    await untilBusTime(watcher, back.welcome.now + 11_000)
    expect(namesAt(watcher)).toEqual(['Ada', 'Watcher'])
    expect(watcher.client.frames.filter(isPresence).flatMap(({ left }) => left ?? [])).toEqual([])
  })

  test('a gateway that dies takes its members out of the list, and their names off the broker', async () => {
    const room = newRoom()
    const third = await start()
    const name = `Canary-${newSecret()}`
    const ada = await enter(one.url, room, { name: 'Ada' })
    await enter(third.url, room, { name })
    await untilNames(ada, ['Ada', name].toSorted())
    expect(namesOnBroker()).toContain(name)
    await third.kill()
    await untilNames(ada, ['Ada'], GONE_MS)
    // What was written over is gone when the broker has compacted: at most 20 s after.
    await vi.waitFor(() => expect(namesOnBroker()).not.toContain(name), { timeout: 20_000, interval: 500 })
  })

  test('when the brokers have lost everything, members at one are soon listed at the other again', async () => {
    const room = newRoom()
    const ada = await enter(one.url, room, { name: 'Ada' })
    const bob = await enter(other.url, room, { name: 'Bob' })
    for (const member of [ada, bob]) await untilNames(member, ['Ada', 'Bob'])
    await withAdmin({ clientId: 'test', bootstrapBrokers: [broker.brokers] }, (admin) =>
      admin.deleteTopics({ topics: ['whisperrooms.log', 'whisperrooms.state'] }),
    )
    await Promise.all([ada, bob].map(({ client }) => client.next('gap', () => true, TOLD_MS)))
    const cy = await enter(other.url, room, { name: 'Cy' })
    await untilNames(cy, ['Ada', 'Bob', 'Cy'])
    expect(namesAt(bob)).toContain('Ada')
  })

  /** Everything in the log directories of the state topic. */
  function namesOnBroker(): string {
    const files = readdirSync(broker.logDir, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.startsWith('whisperrooms.state-'),
    )
    return files.map((file) => read(join(broker.logDir, file))).join('\n')
  }
})

/** Empty for a folder, and for what has gone meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
