import { askFor } from './coordinator.ts'
import { errorsOf, freshPrefix, joinAll, keepAlive } from './crowd.ts'
import { DIALECTS } from './dialect.ts'
import type { FairnessJob, FairnessResult } from './jobs.ts'
import { interleave, Latency } from './latency.ts'
import { pace } from './pace.ts'
import { Sender } from './sender.ts'

const TTL_SECONDS = 5

/** Small rooms in windows while the crowd's room is silent and while it is busy. */
export async function fairness(job: FairnessJob): Promise<FairnessResult> {
  const members = await joinAll(job, job.rooms * job.membersPerRoom, job.rooms, freshPrefix(), TTL_SECONDS)
  const latency = new Latency(members)
  const stops = [keepAlive(members)]
  // The first `rooms` members are one of each room.
  for (const [i, member] of members.slice(0, job.rooms).entries()) {
    stops.push(pace([new Sender(member, DIALECTS[job.server], i)], job.rate))
  }
  const pairs = await interleave(
    job.pairs,
    () => latency.window(job.window, job.settle),
    async () => {
      await askFor('crowd', 'talk')
      const window = await latency.window(job.window, job.settle)
      await askFor('crowd', 'hush')
      return window
    },
  )
  for (const stop of stops) stop()
  for (const member of members) member.leave()
  return { pairs: pairs.map(([without, withIt]) => ({ without, with: withIt })), errors: errorsOf(members) }
}
