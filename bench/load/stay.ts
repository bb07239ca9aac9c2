import { onWord, ready } from './coordinator.ts'
import { errorsOf, keepAlive, lost } from './crowd.ts'
import { DIALECTS } from './dialect.ts'
import type { StayJob, StayResult } from './jobs.ts'
import { Member } from './member.ts'

const TTL_SECONDS = 120

/** Members who are there, ping as clients do, and say nothing. */
export async function stay(job: StayJob): Promise<StayResult> {
  const members: Member[] = []
  for (const room of job.rooms)
    members.push(
      await Member.join({
        dialect: DIALECTS[job.server],
        port: job.port,
        room,
        name: 'quiet',
        ttlSeconds: TTL_SECONDS,
        onLost: lost,
      }),
    )
  const alive = keepAlive(members)
  const told = Promise.withResolvers<void>()
  onWord((what) => {
    if (what === 'leave') told.resolve()
  })
  ready()
  await told.promise
  alive()
  for (const member of members) member.leave()
  return { errors: errorsOf(members) }
}
