import { setTimeout as wait } from 'node:timers/promises'
import { mainThreadOf } from '../support/processor.ts'
import { MARK } from './chat-text.ts'
import { errorsOf, keepAlive, lost } from './crowd.ts'
import { DIALECTS } from './dialect.ts'
import type { Join, JoinsJob, JoinsResult } from './jobs.ts'
import { MarkScan } from './mark-scan.ts'
import { Member } from './member.ts'

const TTL_SECONDS = 120

/** Joins rooms one after another, and times each. Whoever is in stays to the end, so that what a gateway hosts it keeps. */
export async function joins(job: JoinsJob): Promise<JoinsResult> {
  const members: Member[] = []
  const alive = keepAlive(members)
  const join = async (room: string): Promise<Join> => {
    const scan = new MarkScan(MARK)
    const before = mainThreadOf(job.pid)
    const beganMs = performance.now()
    const member = await Member.join({
      dialect: DIALECTS[job.server],
      port: job.port,
      room,
      name: 'newcomer',
      ttlSeconds: TTL_SECONDS,
      onLost: lost,
      onChunk: (chunk) => scan.push(chunk),
    })
    const ms = performance.now() - beganMs
    const after = mainThreadOf(job.pid)
    members.push(member)
    const used = { cpuMs: after.cpuMs - before.cpuMs, waitedMs: after.waitedMs - before.waitedMs }
    return { ms, replayed: scan.seen, ...used }
  }

  for (const room of job.before) await join(room)
  const timed: Join[] = []
  for (const room of job.rooms) {
    await wait(Math.random() * 2 * job.pauseMs)
    timed.push(await join(room))
  }
  alive()
  const result = { joins: timed, errors: errorsOf(members) }
  for (const member of members) member.leave()
  return result
}
