import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { tell } from '../support/available.ts'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'
import { type Chance, chanceOf, newSeed } from '../support/chance.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { Crowd, namesOf } from '../support/crowd.ts'
import { failToStart } from '../support/gateway.ts'
import { Ledger, LoopWatch } from '../support/ledger.ts'
import { enter, hear, type Member, newRoom, newSecret, ownerHashOf, say } from '../support/member.ts'
import { until } from '../support/until.ts'

const KILLS = 10
const PER_SECOND = 200
/** Longer than anybody is away, and short enough for messages to vanish while the test goes on. */
const TTL_SECONDS = 20
/** How long a broker is away when it is away for long, in milliseconds: longer than a message may wait to enter the log. */
const DOWN_MS = 30_000
/** By then a sender knows that a message was not sent, in milliseconds. */
const KNOWN_MS = 3_000
/** From its start, how long a broker and its gateways may take until messages pass again, in milliseconds. */
const MENDED_MS = 20_000

const seconds = (count: number): number => count * 1_000
const available = await kafkaOrSkip()

/** What every test here has: two gateways, a ledger, and chance that can be had again. */
interface Scene {
  readonly cluster: Cluster
  readonly ledger: Ledger
  readonly chance: Chance
  gather(rooms: number, members: number): Promise<Crowd>
}

/** A broker for the tests of a describe block, and a scene on it for each test that asks for one. */
function onBroker(): { broker(): TestBroker; scene(): Promise<Scene> } {
  let started: TestBroker | undefined
  let endings: (() => unknown)[] = []
  beforeAll(async () => {
    started = await startBroker()
  })
  afterAll(() => started?.stop())
  afterEach(async () => {
    for (const end of endings.reverse()) await end()
    endings = []
  })

  function broker(): TestBroker {
    if (started === undefined) throw new Error('the broker has not been started')
    return started
  }

  async function scene(): Promise<Scene> {
    const chance = chanceOf(newSeed())
    const cluster = await startCluster(broker().brokers)
    endings.push(cluster.killAll)
    onTestFailed(() => tell(`${cluster.lastWords()}\nSEED=${chance.seed} makes the same choices again.`))
    const watch = new LoopWatch()
    endings.push(() => watch.stop())
    const ledger = new Ledger(
      () => performance.now(),
      () => watch.lagMs(),
    )
    return {
      cluster,
      ledger,
      chance,
      async gather(rooms, members) {
        const crowd = new Crowd({ ledger, chance, urls: cluster.urls, rooms, members, ttlSeconds: TTL_SECONDS })
        endings.push(() => crowd.leave())
        await crowd.allLive()
        return crowd
      },
    }
  }
  return { broker, scene }
}

/** Everything written is in the log, everybody has it, and whoever was away was told that nothing was missing. */
function expectNothingLost(ledger: Ledger): void {
  ledger.expectNoFaults()
  expect(ledger.resumes.filter(({ recovered, missed }) => !recovered || missed !== 0)).toEqual([])
  ledger.expectAllConfirmed()
}

describe.runIf(available)('a gateway ends', () => {
  const { scene } = onBroker()

  test(
    'P1 P2 P3 P4 killed ten times in turn under 200 messages/s: nothing is lost, shown twice or out of order',
    async () => {
      const { cluster, ledger, chance, gather } = await scene()
      const crowd = await gather(5, 4)
      crowd.talk(PER_SECOND)
      let lost = 0
      for (let i = 0; i < KILLS; i++) {
        const [url, victim] = [cluster.urls[i % 2] ?? '', i % 2]
        await crowd.steady(crowd.at(url))
        await crowd.moreConfirmed(chance.between(1, PER_SECOND / 2))
        const [losing, staying] = [crowd.at(url), crowd.elsewhere(url)]
        lost += losing.length
        ledger.note(`gateway ${victim} is killed`)
        await crowd.lose(losing, async () => {
          await cluster.kill(victim)
          await cluster.startAgain(victim)
        })
        // So that there is somebody at both again.
        await crowd.move(staying)
      }
      await crowd.settle()
      expectNothingLost(ledger)
      expect(lost).toBeGreaterThan(KILLS * 5)
      expect(ledger.resumes.length).toBeGreaterThanOrEqual(lost)
    },
    seconds(150),
  )

  test(
    'P12 asked to end under 200 messages/s: everybody goes on at the other, and no message is refused for good',
    async () => {
      const { cluster, ledger, gather } = await scene()
      const crowd = await gather(5, 4)
      crowd.talk(PER_SECOND)
      for (const leaving of [0, 1]) {
        await crowd.moreConfirmed(PER_SECOND)
        const members = crowd.at(cluster.urls[leaving] ?? '')
        expect(members.length).toBeGreaterThan(0)
        ledger.note(`gateway ${leaving} is asked to end`)
        await crowd.lose(members, async () => {
          expect(await cluster.stop(leaving)).toBe(0)
          await cluster.startAgain(leaving)
        })
      }
      await crowd.moreConfirmed(PER_SECOND)
      await crowd.settle()
      expectNothingLost(ledger)
    },
    seconds(60),
  )
})

describe.runIf(available)('the broker is down and comes back with its log', () => {
  const { broker, scene } = onBroker()

  test(
    'P10 after 30 s nobody was told that a message was sent, and each is delivered once or given back',
    async () => {
      const { ledger, gather } = await scene()
      const crowd = await gather(2, 4)
      crowd.talk(20)
      await crowd.moreConfirmed(40)
      await broker().kill()
      ledger.note('the broker is dead')
      const downMs = performance.now()
      const losses = ledger.accounts.map((account) => account.losses)
      for (const talker of crowd.talkers) crowd.say(talker)
      const untold = () => crowd.talkers.filter((talker) => !talker.isTold('bus_unavailable'))
      await until(
        () => untold().length === 0,
        () => `not told: ${namesOf(untold())}`,
        KNOWN_MS,
      )
      await delay(DOWN_MS - (performance.now() - downMs))
      // What was on its way when the broker died may be acknowledged; what was written after that may not.
      const written = ledger.writtenSince(downMs)
      expect(written.length).toBeGreaterThan(200)
      expect(written.filter(({ fate }) => fate === 'confirmed')).toEqual([])
      // Heartbeats, every 15 s, go on.
      expect(ledger.accounts.filter(({ pongMs }) => pongMs < downMs + DOWN_MS / 3)).toEqual([])
      await broker().startAgain()
      ledger.note('the broker is back')
      await crowd.moreConfirmed(100)
      await crowd.settle(MENDED_MS)
      ledger.expectNoFaults()
      expect(ledger.accounts.map((account) => account.losses)).toEqual(losses)
    },
    seconds(90),
  )

  test(
    'P3 after a moment what was refused meanwhile goes out in the order in which it was written',
    async () => {
      const { ledger, gather } = await scene()
      const crowd = await gather(2, 4)
      crowd.talk(PER_SECOND / 2)
      await crowd.moreConfirmed(PER_SECOND / 2)
      await broker().kill()
      ledger.note('the broker is killed')
      await broker().startAgain()
      await crowd.moreConfirmed(PER_SECOND / 2)
      await crowd.settle(MENDED_MS)
      ledger.expectNoFaults()
    },
    seconds(60),
  )
})

describe.runIf(available)('the broker comes back with an empty log', () => {
  const { broker, scene } = onBroker()

  test(
    'P2 P4 everybody is told on the living socket, nothing is shown twice, and the rooms go on',
    async () => {
      const { cluster, ledger, gather } = await scene()
      const crowd = await gather(2, 4)
      const room = newRoom()
      const owner = newSecret()
      const settings = { ttl: 17, history: 'none', listed: true, ownerHash: ownerHashOf(room, owner) }
      const bystanders: Member[] = []
      for (const url of cluster.urls) bystanders.push(await enter(url, room, { owner, create: settings }))
      crowd.talk(40)
      await crowd.moreConfirmed(80)
      const losses = ledger.accounts.map((account) => account.losses)

      await broker().kill()
      ledger.note('the broker is dead')
      await broker().startAgain({ empty: true })
      ledger.note('the broker is back with nothing')
      for (const bystander of bystanders) await expectNewEpoch(bystander)
      const epochs = () =>
        new Set([...bystanders.map(epochOf), ...ledger.accounts.map(({ position }) => position?.epoch)])
      const isNew = () => !epochs().has(bystanders[0]?.welcome.cursor.epoch)
      await until(
        () => epochs().size === 1 && isNew(),
        () => `they are in the epochs ${[...epochs()].join(', ')}`,
        MENDED_MS,
      )
      const [epoch] = epochs()
      // They go on without joining again.
      await crowd.moreConfirmed(80)
      expect(ledger.accounts.map((account) => account.losses)).toEqual(losses)
      expect(ledger.accounts.filter(({ gaps }) => !gaps.some(({ cursor }) => cursor.epoch === epoch))).toEqual([])

      // The settings live longer than the log.
      const newcomer = await enter(cluster.urls[1] ?? '', room, { create: undefined })
      expect(newcomer.welcome.room).toMatchObject(settings)
      expect(newcomer.welcome.cursor.epoch).toBe(epoch)
      for (const bystander of bystanders) {
        await say(bystander, 'in the new epoch')
        await hear(newcomer, 'in the new epoch')
      }
      await crowd.settle(MENDED_MS)
      ledger.expectNoFaults()
    },
    seconds(60),
  )

  test('a gateway that starts while there is no broker says so and ends', async () => {
    const { brokers } = broker()
    await broker().kill()
    const { code, output } = await failToStart({ KAFKA_BROKERS: brokers, WR_SECRET: newSecret() + newSecret() })
    expect(code).toBe(1)
    expect(output).toMatch(/^WhisperRooms cannot start: .*KAFKA_BROKERS/m)
    expect(output).not.toMatch(/ {4}at /)
  })
})

/** Waits for the `gap` of a new epoch and for the unasked `pong` behind it, which bring what a member needs from there on. */
async function expectNewEpoch({ client, welcome }: Member): Promise<void> {
  const gap = await client.next('gap', ({ cursor }) => cursor.epoch !== welcome.cursor.epoch, MENDED_MS)
  const pong = await client.next('pong')
  expect(client.frames.indexOf(pong)).toBeGreaterThan(client.frames.indexOf(gap))
  expect(pong).toMatchObject({
    now: expect.any(Number),
    ticket: expect.any(String),
    cursor: { epoch: gap.cursor.epoch },
  })
}

function epochOf(member: Member | undefined): string | undefined {
  const gap = member?.client.frames.findLast((frame) => frame.type === 'gap')
  return gap?.cursor.epoch
}
