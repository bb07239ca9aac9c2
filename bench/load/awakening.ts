import { setTimeout as wait } from 'node:timers/promises'
import { median } from '../support/statistics.ts'
import { departureCost } from './departure-cost.ts'
import { DIALECTS } from './dialect.ts'
import { type Arrived, FrameLog } from './frame-log.ts'
import type { Awakening, SlowJob } from './jobs.ts'
import { kernelBytesOf } from './kernel-buffers.ts'
import { Member } from './member.ts'

/** From waking to judging, and how much of the end is left out because it may still be under way. */
const CATCH_UP_MS = 3_000
const UNDER_WAY_MS = 500
/** Members whose cost is taken, for the median: a room's memory jumps now and then. */
const LEAVING = 5
/** P5: nothing is served later than this after its deadline. */
const GRACE_MS = 1_000

/**
 * One member of a busy room stalls for `job.stall` seconds and then reads again.
 *
 * What the kernel held was written while it was alive and cannot be taken back; it comes first and is only counted. A
 * stall longer than the TTL makes the server tell a `gap`; what comes after that was chosen after the stall, so it
 * must be alive and complete.
 */
export async function awaken(job: SlowJob, room: string, ttlSeconds: number): Promise<Awakening> {
  const common = { dialect: DIALECTS[job.server], port: job.port, room, ttlSeconds }
  const healthy = new FrameLog()
  const observer = await Member.join({ ...common, name: 'observer', onChunk: (chunk) => healthy.push(chunk) })
  await wait(job.settle * 1_000)

  const log = new FrameLog()
  let closed: number | null = null
  const slow = await Member.join({
    ...common,
    name: 'slow',
    onChunk: (chunk) => log.push(chunk),
    onLost: (code = 1006) => {
      closed = code
    },
  })
  // Others stall as long and leave: the cost is what that frees.
  const leaving: Member[] = []
  for (let i = 0; i < LEAVING; i++) leaving.push(await Member.join({ ...common, name: `slow ${i}`, onLost: () => {} }))
  for (const member of [slow, ...leaving]) member.pause()
  await wait(job.stall * 1_000)
  const kernelBytes = await kernelBytesOf(slow.localPort)
  const costs: number[] = []
  for (const member of leaving) costs.push(await departureCost(() => member.leave()))

  const wokeAt = log.frames.length
  slow.resume()
  const keepReading = setInterval(() => observer.beat(), 1_000)
  await wait(CATCH_UP_MS)
  clearInterval(keepReading)
  slow.leave()
  observer.leave()
  return {
    stallSeconds: job.stall,
    kernelBytes,
    usedBytes: median(costs),
    closed,
    ...judge(log.frames.slice(wokeAt), healthy.frames),
  }
}

function judge(woken: readonly Arrived[], healthy: readonly Arrived[]) {
  const isGap = (frame: Arrived) => frame.type === 'gap'
  const firstGap = woken.findIndex(isGap)
  const lastGap = woken.findLast(isGap)
  const messages = (frames: readonly Arrived[]) => frames.filter(({ type }) => type === 'message')
  const held = messages(firstGap === -1 ? woken : woken.slice(0, firstGap))
  const after = firstGap === -1 ? [] : messages(woken.slice(firstGap))
  const got = new Set(after.map(({ offset }) => offset))
  const until = (healthy.at(-1)?.at ?? 0) - UNDER_WAY_MS
  const due = messages(healthy).filter(({ offset, at }) => lastGap && offset > lastGap.offset && at < until)
  const lateBy = (ms: number) => (frame: Arrived) => frame.at > frame.expires + ms
  return {
    gaps: woken.filter(isGap).length,
    held: held.length,
    heldExpired: held.filter(lateBy(0)).length,
    afterGap: after.length,
    expiredAfterGap: after.filter(lateBy(0)).length,
    servedDead: after.filter(lateBy(GRACE_MS)).length,
    missingAfterGap: due.filter(({ offset }) => !got.has(offset)).length,
  }
}
