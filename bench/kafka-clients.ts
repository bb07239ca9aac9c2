/**
 * The Kafka bus through each client library, by turns, on one real broker: from `publish` at one gateway's bus to `take` at another's,
 * and what an idle one costs. Run with `npm run bench:kafka-clients`; `-- --seconds N --rounds N` for another length.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Key, MemberId, Offset, RoomId, RoomRecord } from '@whisperrooms/protocol'
import type { Bus } from '../packages/server/src/bus/bus.ts'
import type { MakeDriver } from '../packages/server/src/bus/kafka/driver.ts'
import { kafkaBus } from '../packages/server/src/bus/kafka/kafka-bus.ts'
import { kafkajsDriver } from '../packages/server/src/bus/kafka/kafkajs/driver.ts'
import { platformaticDriver } from '../packages/server/src/bus/kafka/platformatic/driver.ts'
import { systemScheduler } from '../packages/server/src/clock.ts'
import { writeBody } from '../packages/server/src/rooms/body.ts'
import { subscriber } from '../packages/server/src/testing/subscriber.ts'
import { startBroker } from '../scripts/kafka/broker.mjs'
import { ensureKafka } from '../scripts/kafka/installation.mjs'
import { describeMachine } from './support/machine.ts'
import { percent, table } from './support/markdown.ts'
import { timesOf } from './support/statistics.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, rounds: { type: 'string', default: '3' } },
})
const SECONDS = Number(values.seconds)
const ROUNDS = Number(values.rounds)
const RATES = [100, 1_000] as const
const SHARDS = 64
const ROOMS = 100
/** Before a turn counts: connections are made, code is compiled. */
const WARM_UP_SECONDS = 2
const AUTHOR = 'AAAAAAAAAAAAAAAA' as MemberId
const BODY = writeBody({ from: { id: AUTHOR, name: 'Ada' }, text: 'a'.repeat(120) })

const CLIENTS: Readonly<Record<string, MakeDriver>> = {
  '@platformatic/kafka': platformaticDriver,
  KafkaJS: kafkajsDriver,
}

interface Pair {
  readonly from: Bus
  readonly to: Bus
  close(): Promise<void>
}

async function openPair(makeDriver: MakeDriver, brokers: string): Promise<Pair> {
  const open = () =>
    kafkaBus({
      makeDriver,
      brokers: brokers.split(','),
      connection: { tls: undefined, sasl: undefined },
      shards: SHARDS,
      longestTtlMs: 300_000,
      topicPrefix: 'bench',
      secret: Buffer.alloc(32, 1),
      clock: () => performance.now(),
      scheduler: systemScheduler,
      random: randomBytes,
      trouble: (what) => console.error(what),
    })
  const [from, to] = [await open(), await open()]
  return {
    from,
    to,
    async close() {
      await Promise.all([from.close(), to.close()])
    },
  }
}

/** Calls `taken` with the number of every message that comes, of those sent from now on. */
async function listen({ to }: Pair, taken: (number: number) => void): Promise<() => void> {
  const taking = subscriber((batch) => {
    for (const { record } of batch) taken(Number(record.key))
    return undefined
  })
  const since = to.now(0)
  const subscriptions = Array.from({ length: SHARDS }, (_, shard) => to.subscribe(shard, since, taking))
  await Promise.all(subscriptions.map(({ caughtUp }) => caughtUp))
  return () => {
    for (const { end } of subscriptions) end()
  }
}

/** @returns how long each message took, in milliseconds. */
async function run(pair: Pair, rate: number, seconds: number): Promise<number[]> {
  const sent: number[] = []
  const took: number[] = []
  let missing = rate * seconds
  const all = Promise.withResolvers<void>()
  const first = Math.floor(performance.now()) * 1_000_000
  const stop = await listen(pair, (number) => {
    const at = sent[number - first]
    if (at === undefined) return
    took.push(performance.now() - at)
    if (--missing === 0) all.resolve()
  })
  const began = performance.now()
  while (sent.length < rate * seconds) {
    const due = Math.min(rate * seconds, Math.floor(((performance.now() - began) * rate) / 1000))
    const records = Array.from({ length: due - sent.length }, (_, i) => record(pair.from, first, sent.length + i))
    for (const _ of records) sent.push(performance.now())
    if (records.length > 0) void pair.from.publish(records)
    await pause(1)
  }
  await all.promise
  stop()
  return took
}

const record = (bus: Bus, first: number, i: number): RoomRecord => ({
  v: 1,
  kind: 'message',
  room: bus.keyOf(`room-${i % ROOMS}` as RoomId),
  member: AUTHOR,
  as: 'member',
  key: String(first + i).padStart(16, '0') as Key,
  joined: 0 as Offset,
  ttl: 120,
  notAfter: 2 ** 52,
  body: BODY,
})

/** The share of a core that a bus takes which reads every shard and gets nothing. */
async function idle(pair: Pair): Promise<number> {
  const stop = await listen(pair, () => undefined)
  const before = process.cpuUsage()
  await pause(SECONDS * 1000)
  const { user, system } = process.cpuUsage(before)
  stop()
  // There are two of them, of which one reads no shards but its heartbeats.
  return (user + system) / 1e6 / SECONDS
}

const broker = await startBroker(await ensureKafka({ say: console.error }))
const latencies = new Map<string, number[]>()
const idles = new Map<string, number[]>()
for (let round = 0; round < ROUNDS; round++) {
  const turns = Object.entries(CLIENTS)
  if (round % 2 === 1) turns.reverse()
  for (const [client, makeDriver] of turns) {
    const pair = await openPair(makeDriver, broker.brokers)
    for (const rate of RATES) {
      await run(pair, rate, WARM_UP_SECONDS)
      const key = `${client} at ${rate}/s`
      latencies.set(key, [...(latencies.get(key) ?? []), ...(await run(pair, rate, SECONDS))])
    }
    idles.set(client, [...(idles.get(client) ?? []), await idle(pair)])
    await pair.close()
  }
}
await broker.stop()

console.log(JSON.stringify(describeMachine('bench:kafka-clients')))
console.log(`\n${SHARDS} shards, ${ROOMS} rooms, ${ROUNDS} turns of ${SECONDS} s each\n`)
console.log(
  table(
    ['', 'p50 ms', 'p99 ms', 'most ms', 'messages'],
    [...latencies].map(([key, ms]) => {
      const { p50Ms, p99Ms, maxMs, samples } = timesOf(ms)
      return [key, p50Ms.toFixed(1), p99Ms.toFixed(1), maxMs.toFixed(0), String(samples)]
    }),
  ),
)
console.log()
console.log(
  table(
    ['two idle gateways, one of which reads 64 shards', 'of a core'],
    [...idles].map(([client, shares]) => [client, percent(shares.reduce((sum, share) => sum + share, 0) / ROUNDS)]),
  ),
)
process.exit(0)
