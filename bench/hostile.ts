/**
 * Hostile inputs over real sockets, while two control clients are served: the gateway must not crash, and afterwards hold neither more
 * memory nor more sockets and timers than before.
 *
 *     npm run bench:hostile -- --inputs 300000 --slow 500 --seed 1
 */
import { parseArgs } from 'node:util'
import { startGateway } from '../tests/support/gateway.ts'
import { attack, attacks, inParallel, noAnswers, slowUpgrade } from '../tests/support/hostile/attack.ts'
import { tour } from '../tests/support/hostile/tour.ts'
import { enter, hear, newRoom, say } from '../tests/support/member.ts'

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '300000' },
    slow: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
  },
})
const INPUTS = Number(values.inputs)
const INPUTS_EACH = 20
const BATCH = 250
/** After so many of all inputs memory is looked at for the first time: by then everything has been compiled, and every pool is filled. */
const WARM = 0.2
const PAUSE_MS = 12_000

const gateway = await startGateway({
  WR_TRUSTED_PROXIES: '127.0.0.0/8, ::1',
  WR_MAX_MEMBERS: '3',
  WR_RATE_MESSAGES: '10',
  WR_MAX_ABUSE: '100',
  WR_TTL_MAX: '10',
  WR_LINGER: '1',
  NODE_OPTIONS: '--expose-gc',
})
const room = newRoom()
const [ada, bob] = [await enter(gateway.url, room), await enter(gateway.url, room)]
const answers = noAnswers()
const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const tripsMs: number[] = []
let isOver = false
async function control(): Promise<void> {
  for (let i = 0; !isOver; i++) {
    const since = performance.now()
    await Promise.all([say(ada, `all well ${i}`), hear(bob, `all well ${i}`)])
    tripsMs.push(performance.now() - since)
    await rest(150)
  }
}

async function run(from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += BATCH * INPUTS_EACH) {
    const count = Math.min(BATCH, Math.ceil((to - at) / INPUTS_EACH))
    const batch = attacks(gateway.url, count, INPUTS_EACH, Number(values.seed) + at)
    await inParallel(16, batch, (one) => attack(one, answers))
  }
}

async function settled(): Promise<{ memory: number; sockets: number; timers: number }> {
  await rest(PAUSE_MS)
  const { memory, sockets, timers } = await gateway.usage()
  return { memory, sockets, timers }
}

const controlling = control()
await Promise.all([
  run(0, INPUTS * WARM),
  tour(gateway.url, (address) => ({ headers: { 'x-forwarded-for': address } }), answers),
])
const before = await settled()
const slow = Promise.all(Array.from({ length: Number(values.slow) }, () => slowUpgrade(gateway.url)))
await run(INPUTS * WARM, INPUTS)
const borneMs = await slow
const after = await settled()
isOver = true
await controlling

tripsMs.sort((a, b) => a - b)
const sorted = (counts: Map<string | number, number>) =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
console.log({
  inputs: INPUTS,
  slowUpgrades: borneMs.length,
  slowestUpgradeMs: Math.round(Math.max(...borneMs)),
  controlMessages: tripsMs.length,
  controlP99Ms: Math.round(tripsMs[Math.floor(tripsMs.length * 0.99)] ?? Number.NaN),
  before,
  after,
  memoryGrowth: `${(((after.memory - before.memory) / before.memory) * 100).toFixed(1)} %`,
  errors: sorted(answers.errors),
  closes: sorted(answers.closes),
})
ada.client.drop()
bob.client.drop()
const code = await gateway.stop()
const isGood =
  code === 0 &&
  after.memory <= before.memory * 1.1 &&
  after.sockets <= before.sockets + 2 &&
  after.timers <= before.timers + 5
if (!isGood) process.exitCode = 1
