/**
 * A load process: does the one job it is given as its argument and sends the result over the IPC channel. Start it
 * through `support/run-load.ts`.
 */
import { abuse } from './abuse.ts'
import { honest } from './abuse-honest.ts'
import { across } from './across.ts'
import { arrivals } from './arrivals.ts'
import { bigRoom } from './big-room.ts'
import { churn } from './churn.ts'
import { fairness } from './fairness.ts'
import { fanOut } from './fan-out.ts'
import { idle } from './idle.ts'
import type { Job, ResultOf } from './jobs.ts'
import { joins } from './joins.ts'
import { slow } from './slow.ts'
import { stay } from './stay.ts'

function run(job: Job): Promise<ResultOf<Job>> {
  switch (job.kind) {
    case 'fanout':
      return fanOut(job)
    case 'idle':
      return idle(job)
    case 'slow':
      return slow(job)
    case 'fairness':
      return fairness(job)
    case 'crowd':
      return bigRoom(job)
    case 'across':
      return across(job)
    case 'joins':
      return joins(job)
    case 'stay':
      return stay(job)
    case 'arrivals':
      return arrivals(job)
    case 'churn':
      return churn(job)
    case 'abuse':
      return abuse(job)
    case 'honest':
      return honest(job)
  }
}

process.on('disconnect', () => process.exit())
const result = await run(JSON.parse(process.argv[2] ?? ''))
process.send?.({ result }, () => process.exit())
