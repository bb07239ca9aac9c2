import { onWord, ready } from './coordinator.ts'
import { drained, errorsOf, freshPrefix, joinAll, keepAlive, quiet, spread, total } from './crowd.ts'
import { DIALECTS } from './dialect.ts'
import type { CrowdJob, CrowdResult } from './jobs.ts'
import { pace } from './pace.ts'
import { Sender } from './sender.ts'

const TTL_SECONDS = 5
const SENDERS = 10
const DRAIN_MS = 10_000

/** The crowd: enters one room, says when it is in, then talks, hushes and leaves as told. */
export async function bigRoom(job: CrowdJob): Promise<CrowdResult> {
  const members = await joinAll(job, job.members, 1, freshPrefix(), TTL_SECONDS)
  const alive = keepAlive(members)
  await quiet(members, DRAIN_MS)
  const before = total(members)
  const senders = spread(members, SENDERS).map((member, i) => new Sender(member, DIALECTS[job.server], i))
  let hush = () => {}
  const told = Promise.withResolvers<void>()
  onWord((what) => {
    hush()
    if (what === 'talk') hush = pace(senders, job.rate)
    if (what === 'leave') told.resolve()
  })
  ready()
  await told.promise
  const sent = senders.reduce((sum, sender) => sum + sender.sent, 0)
  await drained(members, before + sent * members.length, DRAIN_MS)
  alive()
  const lost = sent * members.length - (total(members) - before)
  for (const member of members) member.leave()
  return { sent, lost, errors: errorsOf(members) }
}
