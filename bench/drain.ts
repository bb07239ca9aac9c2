/**
 * `npm run bench:drain`: the only gateway is replaced while 2,000 members talk. Ends with 1 when anything was lost, shown twice or not
 * told.
 */
import { deployUnderLoad } from '../tests/support/deploy.ts'
import { table, verdict } from './support/markdown.ts'

const MEMBERS = 2_000
const ROOMS = 100
const EVERY_MS = 10
const TALK_MS = 5_000
/** What WR_DRAIN_SECONDS is unless set. */
const LIMIT_MS = 20_000

const report = await deployUnderLoad({ members: MEMBERS, rooms: ROOMS, everyMs: EVERY_MS, talkMs: TALK_MS })
console.log(
  table(
    ['What', 'How much'],
    Object.entries(report).map(([what, count]) => [what, String(count)]),
  ),
)
const { exitCode, endedMs, undelivered, shownTwice, lost, untold } = report
const nothing = (what: string, count: number) => ({
  kept: count === 0,
  line: verdict(count === 0, what, String(count)),
})
const inTime = exitCode === 0 && endedMs < LIMIT_MS
const verdicts = [
  nothing('nothing acknowledged was not delivered', undelivered),
  nothing('nothing was shown twice', shownTwice),
  nothing('no outbox was lost', lost),
  nothing('everybody was told', untold),
  { kept: inTime, line: verdict(inTime, `it ended by itself within ${LIMIT_MS} ms`, `${endedMs.toFixed(0)} ms`) },
]
for (const { line } of verdicts) console.log(line)
if (!verdicts.every(({ kept }) => kept)) process.exitCode = 1
