import { setTimeout as wait } from 'node:timers/promises'
import type { HonestJob, HonestResult, HonestRound } from './abuse-jobs.ts'
import { askFor } from './coordinator.ts'
import { errorsOf, joinAll, keepAlive } from './crowd.ts'
import { DIALECTS } from './dialect.ts'
import type { Window } from './jobs.ts'
import { Latency } from './latency.ts'
import { pace } from './pace.ts'
import { Sender } from './sender.ts'

const TTL_SECONDS = 180

const addressOf = (member: number): string => `198.18.${member >> 8}.${member & 255}`

/** Honest people in rounds of three windows: nobody is abusive, the abusers are at another gateway, the abusers are at theirs. */
export async function honest(job: HonestJob): Promise<HonestResult> {
  const people = job.rooms * job.membersPerRoom
  const members = await joinAll(job, people, job.rooms, job.prefix, TTL_SECONDS, addressOf)
  const latency = new Latency(members)
  const senders = members.map((member, i) => new Sender(member, DIALECTS[job.server], i))
  const stops = [keepAlive(members)]
  for (let room = 0; room < job.rooms; room++) {
    const speakers = senders.filter((_, i) => i % job.rooms === room)
    stops.push(pace(speakers, job.rate))
  }

  const calm = (): Promise<Window> => latency.window(job.window, job.settle)
  const beside = async (who: 'crowd' | 'decoy'): Promise<Window> => {
    await askFor(who, 'talk')
    const window = await latency.window(job.window, job.settle)
    await askFor(who, 'hush')
    return window
  }
  const rounds: HonestRound[] = []
  for (let i = 0; i < job.rounds; i++) {
    await wait(job.recover * 1_000)
    const isCalmFirst = i % 2 === 0
    const first = isCalmFirst ? await calm() : await beside('decoy')
    const second = isCalmFirst ? await beside('decoy') : await calm()
    const [quiet, decoy] = isCalmFirst ? [first, second] : [second, first]
    rounds.push({ calm: quiet, decoy, abuse: await beside('crowd') })
  }
  for (const stop of stops) stop()
  for (const member of members) member.leave()
  return { rounds, errors: errorsOf(members) }
}
