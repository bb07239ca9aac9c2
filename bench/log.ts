/**
 * The room log alone: what a living message costs in memory and time, and how punctually and smoothly a million of them
 * vanish. Run with `npm run bench:log`; `-- --messages N --rooms N --ttl SECONDS` for other sizes.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import type { Epoch, Key, MemberId, Offset, RoomKey } from '@whisperrooms/protocol'
import { systemScheduler } from '../packages/server/src/clock.ts'
import { writeBody } from '../packages/server/src/rooms/body.ts'
import { Expiry } from '../packages/server/src/rooms/expiry.ts'
import { Flusher } from '../packages/server/src/rooms/flusher.ts'
import { Shard } from '../packages/server/src/rooms/shard.ts'
import { Vanished } from '../packages/server/src/rooms/vanished.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    rooms: { type: 'string', default: '1000' },
    ttl: { type: 'string', default: '20' },
    waves: { type: 'string', default: '2' },
  },
})
const MESSAGES = Number(values.messages)
const ROOMS = Number(values.rooms)
const TTL_SECONDS = Number(values.ttl)
const TEXT = 'a'.repeat(300)
/** Members who talk in each room, in turns. */
const AUTHORS = 5

const clock = () => performance.now()
const expiry = new Expiry(clock, systemScheduler)
const shard = new Shard({
  epoch: 'bench' as Epoch,
  busNow: clock,
  flusher: new Flusher(clock, systemScheduler),
  expiry,
  roomBytes: 2 ** 30,
  longestTtlMs: TTL_SECONDS * 1000,
  onRoom: () => undefined,
  onForgotten: () => undefined,
  onParked: () => undefined,
})
const roomKeys = Array.from({ length: ROOMS }, (_, i) => `room-${i}` as RoomKey)
const members = Array.from({ length: AUTHORS }, (_, i) => `member-${i}`.padEnd(16, '_') as MemberId)
let offset = 0

/** Bytes of heap and of what hangs on it, after everything unused is gone. */
async function memory(): Promise<{ used: number; resident: number }> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.()
    await pause(50)
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  return { used: heapUsed + external, resident: rss }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function appendOne(kind: string, room: RoomKey, member: MemberId, body: Uint8Array): void {
  shard.apply({
    record: {
      v: 1,
      kind,
      room,
      member,
      as: 'member',
      joined: -1 as Offset,
      key: `key-${offset}` as Key,
      ttl: kind === 'message' ? TTL_SECONDS : 0,
      notAfter: Number.POSITIVE_INFINITY,
      body,
    },
    offset: offset++ as Offset,
    at: Math.floor(clock()),
  })
}

/** The longest the event loop is kept away, in milliseconds, while nothing runs. */
async function idleStall(ms: number): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await pause(ms)
  delay.disable()
  return delay.max / 1e6
}

const deadlines = new Float64Array((MESSAGES + ROOMS) * Number(values.waves) + ROOMS)
const lateness = new Float32Array(MESSAGES)
let vanished = 0
const add = Vanished.prototype.add
Vanished.prototype.add = function (at, author) {
  lateness[vanished++] = clock() - (deadlines[at] ?? 0)
  add.call(this, at, author)
}

for (const room of roomKeys) appendOne('create', room, members[0] as MemberId, writeBody({ ttl: TTL_SECONDS }))
const bodies = members.map((id) => writeBody({ from: { id, name: 'Somebody' }, text: TEXT }))
const baseline = await memory()
const idle = await idleStall(2_000)
const rows: string[][] = []
let firstResident = 0

for (let wave = 1; wave <= Number(values.waves); wave++) {
  vanished = 0
  const bytesBefore = frameBytes()
  const began = clock()
  for (let i = 0; i < MESSAGES; i++) {
    const author = Math.floor(i / ROOMS) % AUTHORS
    deadlines[offset] = Math.floor(clock()) + TTL_SECONDS * 1000
    appendOne('message', roomKeys[i % ROOMS] as RoomKey, members[author] as MemberId, bodies[author] as Buffer)
    if (i % 2_000 === 1_999) await new Promise(setImmediate)
  }
  const appendMicroseconds = ((clock() - began) * 1000) / MESSAGES
  const full = await memory()
  const frame = (frameBytes() - bytesBefore) / MESSAGES
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  while (vanished < MESSAGES) await pause(20)
  delay.disable()
  const after = await memory()
  if (wave === 1) firstResident = full.resident
  const late = lateness.sort()
  rows.push([
    String(wave),
    appendMicroseconds.toFixed(2),
    frame.toFixed(0),
    ((full.used - baseline.used) / MESSAGES - frame).toFixed(1),
    ((full.resident - baseline.resident) / MESSAGES - frame).toFixed(1),
    (late[Math.floor(MESSAGES * 0.99)] ?? 0).toFixed(1),
    (late.at(-1) ?? 0).toFixed(1),
    (delay.max / 1e6 - idle).toFixed(1),
    `${((after.used / baseline.used - 1) * 100).toFixed(1)} %`,
    `${((full.resident / firstResident - 1) * 100).toFixed(1)} %`,
  ])
}

/** Bytes of living frames. */
function frameBytes(): number {
  let bytes = 0
  for (const room of shard.rooms.values()) bytes += room.log.measure(0, clock()).bytes
  return bytes
}

console.log(
  `${MESSAGES} messages of 300 characters in ${ROOMS} rooms, each living ${TTL_SECONDS} s (Node ${process.version})`,
)
console.log(`baseline ${(baseline.used / 1e6).toFixed(1)} MB, resident ${(baseline.resident / 1e6).toFixed(0)} MB\n`)
const head = [
  'wave',
  'append µs',
  'frame B',
  'over the frame B',
  'resident over B',
  'lateness p99 ms',
  'lateness max ms',
  'stall ms',
  'memory afterwards',
  'resident vs wave 1',
]
for (const row of [head, head.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`)
process.exit(0)
