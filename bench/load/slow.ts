import { setTimeout as wait } from 'node:timers/promises'
import { awaken } from './awakening.ts'
import { serverMemory } from './coordinator.ts'
import { errorsOf, freshPrefix, joinAll, keepAlive, spread } from './crowd.ts'
import { departureCost } from './departure-cost.ts'
import { DIALECTS } from './dialect.ts'
import type { SlowJob, SlowResult, Window } from './jobs.ts'
import { kernelFull } from './kernel-buffers.ts'
import { interleave, Latency } from './latency.ts'
import { Member } from './member.ts'
import { pace } from './pace.ts'
import { Sender } from './sender.ts'
import { fill, laggingMembers } from './slow-fill.ts'

/** Seconds: short, so that messages really expire while somebody stalls. */
const TTL = 5
const SENDERS = 10
/** Members at whom times are taken: so many, and of big rooms one in so many. */
const WATCHED = 5
const WATCHED_EVERY = 20
/** How long is waited, in milliseconds, before a first window without anybody stalled, when filling takes a while. */
const FIRST_FILL_MS = 10_000

interface Measured {
  readonly window: Window
  readonly residentBytes: number
}

interface MeasuredStalled extends Measured {
  readonly kernelBytes: number
  readonly usedBytes: number
  readonly lagging: number
}

/** A busy room in windows with and without members that stopped reading, then one long stall and its end. */
export async function slow(job: SlowJob): Promise<SlowResult> {
  const prefix = freshPrefix()
  const members = await joinAll(job, job.members, 1, prefix, TTL)
  const room = `${prefix}-0`
  const dialect = DIALECTS[job.server]
  const latency = new Latency(spread(members, Math.max(WATCHED, Math.floor(members.length / WATCHED_EVERY))))
  const senders = spread(members, Math.min(SENDERS, members.length)).map((member, i) => new Sender(member, dialect, i))
  const stops = [keepAlive(members), pace(senders, job.rate)]
  const filling = job.isFilled ? () => fill(members, dialect) : () => () => {}

  // Both kinds of window begin equally long after the collection that ended the one before, and after as much filling.
  let fillMs = job.isFilled ? FIRST_FILL_MS : 0
  const measure = async (): Promise<Measured> => {
    const window = await latency.window(job.window, job.settle)
    const { residentBytes } = await serverMemory()
    return { window, residentBytes }
  }
  const measureWithStalled = async (): Promise<MeasuredStalled> => {
    // A server may end a stalled member: the window then shows what that is worth.
    const onLost = () => {}
    const one = { dialect, port: job.port, room, name: 'slow', ttlSeconds: TTL, onLost }
    const stalled = await Promise.all(Array.from({ length: job.stalled }, () => Member.join(one)))
    for (const member of stalled) member.pause()
    const since = performance.now()
    const stopFilling = filling()
    const ports = stalled.map(({ localPort }) => localPort)
    const kernelBytes = await kernelFull(ports, job.fill)
    stopFilling()
    fillMs = performance.now() - since
    const measured = await measure()
    const lagging = await laggingMembers(job)
    const freed = await departureCost(() => {
      for (const member of stalled) member.leave()
    })
    return { ...measured, kernelBytes, lagging, usedBytes: freed / job.stalled }
  }

  await wait(job.warmUp * 1_000)
  const measureAfterAsLong = async () => {
    const stopFilling = filling()
    await wait(fillMs)
    stopFilling()
    return measure()
  }
  const seen = await interleave(job.pairs, measureAfterAsLong, measureWithStalled)
  const awakening = job.server === 'gateway' && job.stall > 0 ? await awaken(job, room, TTL) : null
  for (const stop of stops) stop()
  for (const member of members) member.leave()
  return {
    pairs: seen.map(([without, withIt]) => ({
      without: without.window,
      with: withIt.window,
      kernelBytes: withIt.kernelBytes,
      usedBytes: withIt.usedBytes,
      lagging: withIt.lagging,
      residentBytes: withIt.residentBytes - without.residentBytes,
    })),
    awakening,
    errors: errorsOf(members),
  }
}
