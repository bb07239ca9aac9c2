import { setTimeout as wait } from 'node:timers/promises'
import { askFor } from './coordinator.ts'
import { freshPrefix } from './crowd.ts'
import type { ChurnJob, ChurnResult } from './jobs.ts'
import { atRate, beating, PresenceMember } from './presence-member.ts'

const FILL_PER_SECOND = 500
/** Until the last of the filling has been told, in milliseconds. */
const QUIET_MS = 5_000

interface Seat {
  readonly room: string
  member: PresenceMember
}

/** Members in many rooms; for a while nothing changes, then somebody leaves and somebody else comes to the same room, all the time. */
export async function churn(job: ChurnJob): Promise<ChurnResult> {
  const { port, members, bigRoom, roomSize, perSecond, seconds } = job
  const prefix = freshPrefix()
  const seats: Seat[] = []
  const errors: string[] = []
  const stopBeating = beating(() => seats.map(({ member }) => member))
  const roomOf = (nth: number): string =>
    nth < bigRoom ? `${prefix}-big` : `${prefix}-${Math.floor((nth - bigRoom) / roomSize)}`

  let joins: Promise<void>[] = []
  function sit(room: string): PresenceMember {
    const member = new PresenceMember()
    joins.push(member.join(port, room, `m${joins.length}`))
    return member
  }
  await atRate(members, FILL_PER_SECOND, (nth) => seats.push({ room: roomOf(nth), member: sit(roomOf(nth)) }))
  await Promise.all(joins)
  await wait(QUIET_MS)

  async function window(run: () => Promise<unknown>): Promise<number> {
    const before = await askFor('server', 'cpu')
    await run()
    const after = await askFor('server', 'cpu')
    return ((after.cpuMs ?? Number.NaN) - (before.cpuMs ?? 0)) / ((after.atMs ?? Number.NaN) - (before.atMs ?? 0))
  }

  const calm = await window(() => wait(seconds * 1_000))
  joins = []
  await askFor('server', 'watch-profile')
  let frames = 0
  const beganMs = performance.now()
  const busy = await window(() =>
    atRate(perSecond * seconds, perSecond, () => {
      const seat = seats[Math.floor(Math.random() * seats.length)]
      if (seat === undefined) return
      seat.member.leave()
      errors.push(...seat.member.errors)
      frames += seat.member.frames
      seat.member = sit(seat.room)
    }),
  )
  const ms = performance.now() - beganMs
  const { spent } = await askFor('server', 'profile')
  await Promise.all(joins)
  stopBeating()
  for (const { member } of seats) {
    errors.push(...member.errors)
    frames += member.frames
    member.drop()
  }
  const shares = Object.entries(spent?.inMs ?? {}).map(([path, spentMs]) => [path, spentMs / ms])
  return { calm, busy, shares: Object.fromEntries(shares), frames, errors }
}
