import { setTimeout as wait } from 'node:timers/promises'
import { watchCore } from './core-share.ts'
import { drained, errorsOf, freshPrefix, joinAll, quiet, spread, total } from './crowd.ts'
import { DIALECTS } from './dialect.ts'
import type { FanOutJob, FanOutResult } from './jobs.ts'
import type { Member } from './member.ts'
import { Sender } from './sender.ts'

/** A socket may have 32 unconfirmed messages: eight senders share what is in flight. */
const MOST_SENDERS = 8
/** Members whose messages are counted by marks as well; marks are dear, so few. */
const CHECKED = 4
/** Seconds: short, because what was said in a warm-up need not be kept. */
const TTL = 5
const DRAIN_MS = 10_000

/**
 * One room, full speed. In flight = sent and not yet delivered back to its sender; senders sit evenly spread over the
 * order of joining, so neither first nor last in a server's loop.
 *
 * At the end everything drains, and every member must have got exactly what was sent: a wrong count shows as `lost`.
 */
export async function fanOut(job: FanOutJob): Promise<FanOutResult> {
  const members = await joinAll(job, job.members, 1, freshPrefix(), TTL)
  await quiet(members, DRAIN_MS)
  const before = total(members)
  const checked = spread(members, CHECKED)
  for (const member of checked) member.checkCount()

  const senders = spread(members, Math.min(MOST_SENDERS, job.inFlight)).map(
    (member, i) => new Sender(member, DIALECTS[job.server], i),
  )
  const stops = senders.map((sender) => sender.keepInFlight(job.inFlight / senders.length))
  await wait(job.warmUp * 1_000)
  const from = reading(members)
  const endCore = await watchCore()
  await wait(job.window * 1_000)
  const core = await endCore()
  const to = reading(members)
  for (const stop of stops) stop()
  const sent = senders.reduce((sum, sender) => sum + sender.sent, 0)
  await drained(members, before + sent * members.length, DRAIN_MS)

  const result = {
    deliveries: to.deliveries - from.deliveries,
    seconds: (to.atMs - from.atMs) / 1_000,
    sent,
    lost: sent * members.length - (total(members) - before),
    checked: sent * checked.length,
    miscounted: checked.reduce((sum, member) => sum + member.miscounted, 0),
    generatorCpu: (to.ownCpuMs - from.ownCpuMs) / (to.atMs - from.atMs),
    core,
    errors: errorsOf(members),
  }
  for (const member of members) member.leave()
  return result
}

function reading(members: readonly Member[]) {
  const { user, system } = process.cpuUsage()
  return { atMs: performance.now(), deliveries: total(members), ownCpuMs: (user + system) / 1_000 }
}
