import { setTimeout as wait } from 'node:timers/promises'
import { serverMemory } from './coordinator.ts'
import { freshPrefix, joinAll, keepAlive } from './crowd.ts'
import type { IdleJob, IdleResult } from './jobs.ts'

const TTL_SECONDS = 120
/** Past the grace and the batches of presence after a join; memory is steady. */
const SETTLE_MS = 3_000

/** What a member who says nothing costs. A first batch of members joins and leaves before: it warms the server's code. */
export async function idle(job: IdleJob): Promise<IdleResult> {
  for (const member of await joinAll(job, Math.min(100, job.members), 10, freshPrefix(), TTL_SECONDS)) member.leave()
  await wait(SETTLE_MS)
  const empty = await serverMemory()
  const members = await joinAll(job, job.members, job.rooms, freshPrefix(), TTL_SECONDS)
  const stop = keepAlive(members)
  await wait(SETTLE_MS)
  const full = await serverMemory()
  stop()
  for (const member of members) member.leave()
  return {
    usedBytes: (full.usedBytes - empty.usedBytes) / members.length,
    residentBytes: (full.residentBytes - empty.residentBytes) / members.length,
    emptyResidentBytes: empty.residentBytes,
  }
}
