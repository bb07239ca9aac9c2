/**
 * The ingress pipeline alone, before a bus that confirms at once: what a message costs with and without optional stages, and whether a
 * plugin that takes 200 ms in one room delays others. Run with `npm run bench:ingress`.
 *
 * - `--messages N`: messages of one measurement (default 200,000)
 * - `--stages`: also what the whole gateway delivers with all stages on, of what it does with none (100 members, 1 in flight)
 * - `--rounds N`: rounds of that (default 5)
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { parseArgs } from 'node:util'
import type { Key, MemberId, Offset, RoomKey, RoomRecord } from '@whisperrooms/protocol'
import type { Bus } from '../packages/server/src/bus/bus.ts'
import { systemScheduler } from '../packages/server/src/clock.ts'
import type { Intent, Sender } from '../packages/server/src/ingress/intent.ts'
import { optionalStages } from '../packages/server/src/ingress/optional-stages.ts'
import { ingress } from '../packages/server/src/ingress/pipeline.ts'
import type { StageFactory, StageMessage } from '../packages/server/src/plugin.ts'
import { applied } from '../packages/server/src/rooms/outcome.ts'
import { DEFAULT_SETTINGS } from '../packages/server/src/rooms/settings.ts'
import type { StagesConfig } from '../packages/server/src/stages-config.ts'
import type { FanOutJob } from './load/jobs.ts'
import { describeMachine } from './support/machine.ts'
import { percent, short, table, verdict } from './support/markdown.ts'
import { runLoad } from './support/run-load.ts'
import { startServer } from './support/server-process.ts'
import { median, quantile } from './support/statistics.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '200000' },
    stages: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
  },
})
const MESSAGES = Number(values.messages)
const ROOMS = 100
/** How often each figure is taken, in turns; the median is told. */
const PASSES = 3
const AT_ONCE = 500
const PROMISED_PER_SECOND = 150_000
const PROMISED_SHARE = 0.7
const SLOW_MS = 200
const PROMISED_DELAY_MS = 2
const PACE_MS = 5
const PACED_SECONDS = 8

const clock = () => performance.now()
const WORDS = ['darn', 'drat', 'heck', 'blast', 'oh bother']
const CHAT = 'Hello @ann, the second one is at https://example.org/plan?day=2, room 4711, see you there :tada: '.padEnd(
  200,
  'and so on ',
)
const LONG = 'lorem ipsum dolor sit amet, consectetur '.repeat(100)
const FOREIGN = 'Grüße aus Köln, où est la gare? Всё хорошо. '.repeat(100).slice(0, 4_000)
const HOSTILE = {
  '4,000 at signs': '@'.repeat(4_000),
  '4,000 digits in groups': '1 '.repeat(2_000),
  'beginnings of links': 'http://'.repeat(571),
  'beginnings of tokens': 'eyJaaaaaaaaa.'.repeat(307),
  'beginnings of keys': '-----BEGIN PRIVATE KEY'.repeat(181),
  'colons and letters': ':aaaaaaaaaaaaaaaaaaaaaaa'.repeat(166),
  'marks on a letter': `a${'\u0301'.repeat(3_999)}`,
} as const

const config = (stages: StagesConfig['unlisted'], plugins: number): StagesConfig => ({
  unlisted: stages,
  listed: stages,
  words: WORDS,
  filterMode: 'mask',
  plugins: Array.from({ length: plugins }, () => 'plugin'),
  pluginTimeoutMs: 1_000,
  pluginConcurrency: 64,
})

/** An ingress pipeline with stages, whose bus confirms at once, and what it needs of rooms. */
function pipelineWith(stages: StagesConfig['unlisted'], makers: readonly StageFactory[] = []) {
  let count = 0
  let refused = 0
  let settled = (_intent: Intent): void => undefined
  const entering = ingress({
    bus: {
      shards: 1,
      isReady: () => true,
      async publish(records: readonly RoomRecord[]) {
        for (const record of records) entering.observed(record, applied(count++ as Offset, 0))
        return []
      },
    } as unknown as Bus,
    clock,
    scheduler: systemScheduler,
    ttl: { minSeconds: 1, maxSeconds: 300 },
    isReadOnly: () => false,
    stages: optionalStages({
      config: config(stages, makers.length),
      plugins: makers.map((make, i) => ({ name: `plugin-${i + 1}`, make, first: make() })),
      clock,
      scheduler: systemScheduler,
      refused: () => refused++,
    }),
    failed(error) {
      throw error
    },
  })
  const senders = Array.from({ length: ROOMS }, (_, i) => ({
    room: { key: `room-${i}` as RoomKey, now: 0, isOpen: true, isBusy: false, settings: DEFAULT_SETTINGS },
    member: 'AAAAAAAAAAAAAAAA' as MemberId,
    name: 'Somebody',
    role: 'member',
    ownerHash: undefined,
    via: undefined,
    joined: 0 as Offset,
    hold: 0,
    settle: (intent: Intent) => settled(intent),
    refuse: () => refused++,
  })) as unknown as Sender[]
  let keys = 0
  return {
    submit(room: number, text: string) {
      const sender = senders[room % ROOMS] as Sender
      const key = `key-${keys++}` as Key
      const frame = { type: 'send', key, text } as const
      entering.submit({ sender, frame, key, hold: 0, bytes: 0, since: clock(), state: 'open', record: undefined })
    },
    onSettled(then: typeof settled) {
      settled = then
    },
    counts: () => ({ passed: count, refused }),
  }
}

/** Messages per second on this core. */
async function throughput(pipeline: ReturnType<typeof pipelineWith>, text: string, messages: number): Promise<number> {
  const before = pipeline.counts().passed
  const began = clock()
  for (let sent = 0; sent < messages; ) {
    for (let i = 0; i < AT_ONCE && sent < messages; i++) pipeline.submit(sent++, text)
    while (pipeline.counts().passed - before < sent) await new Promise(setImmediate)
  }
  return (messages * 1_000) / (clock() - began)
}

/** A plugin that takes 200 ms over what is said to be slow, and no time over all else. */
const slowPlugin: StageFactory = () =>
  new Transform({
    objectMode: true,
    transform(message: StageMessage, _encoding, done) {
      if (message.text === 'slow') setTimeout(() => done(null, message), SLOW_MS)
      else done(null, message)
    },
  })

/** How long messages of other rooms take from the session to the bus, while one room is slow or not: in milliseconds. */
async function delays(hasSlowRoom: boolean): Promise<number[]> {
  const pipeline = pipelineWith(['enrich', 'redact', 'filter'], [slowPlugin])
  const took: number[] = []
  pipeline.onSettled(({ frame, key, sender }) => {
    const began = submitted.get(key)
    if (sender.room.key !== 'room-0' && frame.type === 'send' && began !== undefined) took.push(clock() - began)
    submitted.delete(key)
  })
  const submitted = new Map<Key, number>()
  let keys = 0
  const end = clock() + PACED_SECONDS * 1_000
  let slowAt = 0
  while (clock() < end) {
    if (hasSlowRoom && clock() >= slowAt) {
      pipeline.submit(0, 'slow')
      keys++
      slowAt = clock() + SLOW_MS
    }
    for (let room = 1; room <= 5; room++) {
      submitted.set(`key-${keys++}` as Key, clock())
      pipeline.submit(room * 7, CHAT)
    }
    await new Promise((resolve) => setTimeout(resolve, PACE_MS))
  }
  return took
}

/** The gateway's deliveries per second with all stages on, as a share of those with none, round by round. */
async function fanOutShare(rounds: number): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-words-'))
  const file = join(folder, 'words.txt')
  writeFileSync(file, WORDS.join('\n'))
  const all = { WR_STAGES: 'enrich,redact,filter', WR_FILTER_WORDS_FILE: file, WR_FILTER_MODE: 'mask' }
  const shares: number[] = []
  for (let round = 0; round < rounds; round++) {
    const rates = new Map<boolean, number>()
    for (const isOn of round % 2 === 0 ? [false, true] : [true, false]) {
      if (isOn) Object.assign(process.env, all)
      else for (const name of Object.keys(all)) delete process.env[name]
      const server = await startServer('gateway')
      const job: FanOutJob = {
        kind: 'fanout',
        server: 'gateway',
        port: server.port,
        members: 100,
        inFlight: 1,
        warmUp: 1,
        window: 3,
      }
      const result = await runLoad(job, { server: server.child })
      await server.stop()
      rates.set(isOn, result.deliveries / result.seconds / result.core.server)
    }
    shares.push((rates.get(true) ?? Number.NaN) / (rates.get(false) ?? Number.NaN))
  }
  rmSync(folder, { recursive: true })
  return shares
}

const machine = describeMachine('bench:ingress')
console.log(`Commit ${machine.commit}${machine.dirty ? ' with changes' : ''}, Node ${machine.node}, ${machine.cpu}\n`)

const quick: StageFactory = () =>
  new Transform({ objectMode: true, transform: (message, _, done) => done(null, message) })
const SETUPS = {
  none: pipelineWith([]),
  enrich: pipelineWith(['enrich']),
  redact: pipelineWith(['redact']),
  filter: pipelineWith(['filter']),
  'all three': pipelineWith(['enrich', 'redact', 'filter']),
  'all three and a plugin': pipelineWith(['enrich', 'redact', 'filter'], [quick]),
} as const
const TEXTS = { chat: [CHAT, MESSAGES], long: [LONG, MESSAGES / 20], foreign: [FOREIGN, MESSAGES / 20] } as const
const rows: string[][] = []
const perSecond = new Map<string, number>()
const seen = new Map<string, number[]>()
for (let pass = 0; pass < PASSES; pass++)
  for (const [name, pipeline] of Object.entries(SETUPS))
    for (const [kind, [text, messages]] of Object.entries(TEXTS)) {
      if (pass === 0) await throughput(pipeline, text, messages / 4)
      const cell = `${name} ${kind}`
      seen.set(cell, [...(seen.get(cell) ?? []), await throughput(pipeline, text, messages)])
    }
for (const [cell, rates] of seen) perSecond.set(cell, median(rates))
for (const name of Object.keys(SETUPS)) {
  const rates = Object.keys(TEXTS).map((kind) => perSecond.get(`${name} ${kind}`) ?? Number.NaN)
  rows.push([name, ...rates.flatMap((rate) => [short(rate), (1e6 / rate).toFixed(1)])])
}
console.log(
  table(
    ['stages', '200 characters: messages/s', 'µs', '4,000: messages/s', 'µs', '4,000, not ASCII: messages/s', 'µs'],
    rows,
  ),
)

const hostile: string[][] = []
for (const [what, text] of Object.entries(HOSTILE)) {
  const row = [what]
  for (const name of ['none', 'enrich', 'redact', 'filter'] as const)
    row.push((1e6 / (await throughput(SETUPS[name], text.slice(0, 4_000), 4_000))).toFixed(0))
  hostile.push(row)
}
console.log(`\n${table(['4,000 characters of', 'none: µs', 'enrich', 'redact', 'filter'], hostile)}\n`)

const alone = perSecond.get('none chat') ?? 0
console.log(
  verdict(
    alone >= PROMISED_PER_SECOND,
    `≥ ${short(PROMISED_PER_SECOND)} messages/s through the pipeline alone`,
    short(alone),
  ),
)
const without = quantile(await delays(false), 0.99)
const beside = quantile(await delays(true), 0.99)
console.log(
  verdict(
    beside - without <= PROMISED_DELAY_MS,
    `p99 of other rooms within +${PROMISED_DELAY_MS} ms of a room whose plugin takes ${SLOW_MS} ms`,
    `${without.toFixed(2)} → ${beside.toFixed(2)} ms`,
  ),
)
const shares = values.stages ? await fanOutShare(Number(values.rounds)) : []
if (values.stages)
  console.log(
    verdict(
      median(shares) >= PROMISED_SHARE,
      `all stages on, ≥ ${percent(PROMISED_SHARE)} of the fan-out with none (100 members, 1 in flight, per CPU second)`,
      `${percent(median(shares))} (${shares.map(percent).join(', ')})`,
    ),
  )
console.log(
  `\n${JSON.stringify({ bench: 'ingress', ...machine, perSecond: Object.fromEntries(perSecond), without, beside, shares })}`,
)
process.exit(0)
