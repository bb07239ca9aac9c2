/**
 * Hostile inputs over real sockets, while two control clients are served: the gateway must not crash, must say every code of both
 * catalogues that a gateway in memory can say, and afterwards hold no more memory, sockets, timers and listeners than before.
 *
 * It is looked at three times, each after a rest: `first`, after one tour of all codes and before any hostile input; `warm`, after a fifth
 * of the inputs; and `after` all of them. Sockets, timers and listeners must come back to what they were at `first`: the control clients
 * go on talking, so that one timer more or less is there at any moment, and it is looked for a while. Memory is judged as a whole against
 * both, what the engine has compiled meanwhile with it (`compiled`).
 *
 *     npm run bench:hostile -- --inputs 300000 --slow 500 --seed 1
 */
import { parseArgs } from 'node:util'
import { startGateway } from '../tests/support/gateway.ts'
import { attack, attacks, inParallel, noAnswers, slowUpgrade } from '../tests/support/hostile/attack.ts'
import { unknownErrors, unlikeCatalogues } from '../tests/support/hostile/catalogues.ts'
import { held, leftBehind } from '../tests/support/hostile/left-behind.ts'
import { operatedTour } from '../tests/support/hostile/operated-tour.ts'
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
/** The share of the inputs after which it is looked at for the second time. */
const WARM = 0.2
/** Longer than anybody is remembered who has left. */
const LEFT_MS = 15_000
/** Longer than an address is remembered that has done its worst: its points halve every ten seconds. */
const FORGOTTEN_MS = 180_000
/** For as long it is looked whether all are back, in milliseconds, and how often. */
const BACK_WITHIN_MS = 15_000
const LOOK_MS = 500
/** By so much memory may have grown. */
const MOST_GROWTH = 0.1

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
const [answers, toured] = [noAnswers(), noAnswers()]
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

async function settled(afterMs: number) {
  await rest(afterMs)
  const holds = await held(gateway)
  const { memory, compiled } = await gateway.usage()
  return { memory, compiled, ...holds }
}

const controlling = control()
await tour(gateway.url, (address) => ({ headers: { 'x-forwarded-for': address } }), toured)
await operatedTour(toured)
const first = await settled(LEFT_MS)
await run(0, INPUTS * WARM)
const warm = await settled(FORGOTTEN_MS)
const slow = Promise.all(Array.from({ length: Number(values.slow) }, () => slowUpgrade(gateway.url)))
await run(INPUTS * WARM, INPUTS)
const borneMs = await slow
const after = await settled(FORGOTTEN_MS)
let more = leftBehind(first, after)
for (
  const untilMs = performance.now() + BACK_WITHIN_MS;
  more.length > 0 && performance.now() < untilMs;
  await rest(LOOK_MS)
)
  more = leftBehind(first, await held(gateway))
isOver = true
await controlling

tripsMs.sort((a, b) => a - b)
const sorted = (counts: Map<string | number, number>) =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
const growth = (from: number, to: number): number => to / from - 1
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
const sinceFirst = growth(first.memory, after.memory)
const sinceWarm = growth(warm.memory, after.memory)
const codes = unlikeCatalogues(toured)
console.dir(
  {
    inputs: INPUTS,
    slowUpgrades: borneMs.length,
    slowestUpgradeMs: Math.round(Math.max(...borneMs)),
    controlMessages: tripsMs.length,
    controlP99Ms: Math.round(tripsMs[Math.floor(tripsMs.length * 0.99)] ?? Number.NaN),
    first,
    warm,
    after,
    memoryGrowth: {
      sinceFirst: percent(sinceFirst),
      sinceFirstWithoutCompiled: percent(growth(first.memory - first.compiled, after.memory - after.compiled)),
      sinceWarm: percent(sinceWarm),
    },
    leftBehind: more,
    toured: { errors: sorted(toured.errors), closes: sorted(toured.closes), ...codes },
    errors: sorted(answers.errors),
    closes: sorted(answers.closes),
  },
  { depth: 3 },
)
ada.client.drop()
bob.client.drop()
const judged = {
  crashed: (await gateway.stop()) !== 0,
  memory: sinceFirst > MOST_GROWTH || sinceWarm > MOST_GROWTH,
  leftBehind: more.length > 0,
  missingCodes: codes.missing.length > 0,
  unexpectedCodes: codes.unexpected.length + unknownErrors(answers).length > 0,
}
const faults = Object.entries(judged).flatMap(([name, isSo]) => (isSo ? [name] : []))
console.log(faults.length === 0 ? 'held' : `not held: ${faults.join(', ')}`)
if (faults.length > 0) process.exitCode = 1
