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

/** Seconds: short, so that messages really expire while somebody stalls. */
const TTL = 5
const SENDERS = 10
const WATCHED = 5

interface Measured {
  readonly window: Window
  readonly residentBytes: number
}

interface MeasuredStalled extends Measured {
  readonly kernelBytes: number
  readonly usedBytes: number
}

/** A busy room in windows with and without a member that stopped reading, then one long stall and its end. */
export async function slow(job: SlowJob): Promise<SlowResult> {
  const prefix = freshPrefix()
  const members = await joinAll(job, job.members, 1, prefix, TTL)
  const room = `${prefix}-0`
  const dialect = DIALECTS[job.server]
  const latency = new Latency(spread(members, WATCHED))
  const senders = spread(members, Math.min(SENDERS, members.length)).map((member, i) => new Sender(member, dialect, i))
  const stops = [keepAlive(members), pace(senders, job.rate)]

  // Both kinds of window begin equally long after the collection that ended the one before.
  let fillMs = 0
  const measure = async (): Promise<Measured> => {
    const window = await latency.window(job.window, job.settle)
    const { residentBytes } = await serverMemory()
    return { window, residentBytes }
  }
  const measureWithStalled = async (): Promise<MeasuredStalled> => {
    // A server may end the stalled member: the window then shows what that is worth.
    const onLost = () => {}
    const stalled = await Member.join({ dialect, port: job.port, room, name: 'slow', ttlSeconds: TTL, onLost })
    stalled.pause()
    const since = performance.now()
    const kernelBytes = await kernelFull(stalled.localPort, job.fill)
    fillMs = performance.now() - since
    const measured = await measure()
    return { ...measured, kernelBytes, usedBytes: await departureCost(() => stalled.leave()) }
  }

  await wait(job.warmUp * 1_000)
  const measureAfterAsLong = async () => {
    await wait(fillMs)
    return measure()
  }
  const seen = await interleave(job.pairs, measureAfterAsLong, measureWithStalled)
  const awakening = job.server === 'gateway' ? await awaken(job, room, TTL) : null
  for (const stop of stops) stop()
  for (const member of members) member.leave()
  return {
    pairs: seen.map(([without, withIt]) => ({
      without: without.window,
      with: withIt.window,
      kernelBytes: withIt.kernelBytes,
      usedBytes: withIt.usedBytes,
      residentBytes: withIt.residentBytes - without.residentBytes,
    })),
    awakening,
    errors: errorsOf(members),
  }
}
