import { setTimeout as wait } from 'node:timers/promises'
import { askFor } from './coordinator.ts'
import { freshPrefix } from './crowd.ts'
import type { ArrivalsJob, ArrivalsPhase, ArrivalsResult } from './jobs.ts'
import { atRate, beating, PresenceMember } from './presence-member.ts'

const GRACE_MS = 10_000
/** So many come and go first, in another room: what that runs is compiled then. */
const WARMING = 500
/** So long after the end of a change it is looked what everybody has been told, in milliseconds. */
const LOOKED_MS = 3_000

/** A crowd joins one room; half of it leaves; and half of those who stay are lost without a word. */
export async function arrivals({ port, members, seconds }: ArrivalsJob): Promise<ArrivalsResult> {
  const room = freshPrefix()
  const all: PresenceMember[] = []
  let here: readonly PresenceMember[] = all
  const stopBeating = beating(() => here)
  const rate = members / seconds
  const phases: ArrivalsPhase[] = []

  const warming = Array.from({ length: WARMING }, () => new PresenceMember())
  for (const member of warming) await member.join(port, `${room}-warm`, 'warming')
  for (const member of warming) member.leave()

  /** @param change resolves to the time of its end. */
  async function phase(name: string, change: () => Promise<number>, expected: number): Promise<void> {
    await askFor('server', 'watch-delay')
    const endMs = await change()
    await wait(endMs + LOOKED_MS - performance.now())
    const { delayMs = Number.NaN, collectionMs = Number.NaN } = await askFor('server', 'delay')
    const settledMs = here.map(({ count, countSinceMs }) =>
      count === expected ? Math.max(0, countSinceMs - endMs) : Number.POSITIVE_INFINITY,
    )
    phases.push({
      name,
      expected,
      wrong: settledMs.filter((ms) => ms > 1_000).length,
      settledMs: Math.max(...settledMs),
      delayMs,
      collectionMs,
    })
  }

  await phase(
    'joined',
    async () => {
      const joins: Promise<void>[] = []
      await atRate(members, rate, (nth) => {
        const member = new PresenceMember()
        all.push(member)
        joins.push(member.join(port, room, `m${nth}`))
      })
      await Promise.all(joins)
      return performance.now()
    },
    members,
  )

  /** Half of those who are here, in no order of arrival, at the rate at which they came. */
  async function half(end: (member: PresenceMember) => void): Promise<number> {
    const going = here.filter((_, nth) => nth % 2 === 1)
    here = here.filter((_, nth) => nth % 2 === 0)
    await atRate(going.length, rate, (nth) => {
      const member = going[nth]
      if (member !== undefined) end(member)
    })
    return performance.now()
  }

  const halved = Math.ceil(members / 2)
  await phase('left', () => half((member) => member.leave()), halved)
  const frames = here.map((member) => member.frames)
  await phase('lost', async () => (await half((member) => member.drop())) + GRACE_MS, Math.ceil(halved / 2))
  stopBeating()
  const errors = all.flatMap((member) => member.errors)
  for (const member of here) member.drop()
  return { phases, mostFrames: frames.reduce((most, count) => Math.max(most, count), 0), errors }
}
