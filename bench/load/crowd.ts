import { setTimeout as wait } from 'node:timers/promises'
import { DIALECTS } from './dialect.ts'
import type { Where } from './jobs.ts'
import { Member } from './member.ts'

const AT_ONCE = 50
const BEAT_MS = 15_000
const QUIET_MS = 300

/**
 * Members of `rooms` rooms in turn, in order of joining. Each is entered before the next batch connects.
 *
 * @param prefix makes the rooms new: nothing said in an earlier job is in them.
 * @param addressOf whom a proxy would say that a member comes from.
 */
export async function joinAll(
  where: Where,
  members: number,
  rooms: number,
  prefix: string,
  ttlSeconds: number,
  addressOf?: (member: number) => string,
) {
  const joined: Member[] = []
  while (joined.length < members) {
    const batch = Array.from({ length: Math.min(AT_ONCE, members - joined.length) }, (_, i) => {
      const number = joined.length + i
      return Member.join({
        dialect: DIALECTS[where.server],
        port: where.port,
        room: `${prefix}-${number % rooms}`,
        name: `m${number}`,
        ttlSeconds,
        address: addressOf?.(number),
        onLost: lost,
      })
    })
    joined.push(...(await Promise.all(batch)))
  }
  return joined
}

/** For a member who must not lose its connection. */
export const lost = (code: number | undefined): void => {
  throw new Error(`the server ended a member's connection${code === undefined ? '' : ` with ${code}`}`)
}

/** Resolves when nobody has been sent a message for a moment; says whether that came within `patienceMs`. */
export async function quiet(members: readonly Member[], patienceMs: number): Promise<boolean> {
  const giveUp = performance.now() + patienceMs
  let before = -1
  let now = total(members)
  while (now !== before && performance.now() < giveUp) {
    await wait(QUIET_MS)
    before = now
    now = total(members)
  }
  return now === before
}

/**
 * Resolves when `members` were sent `expected` messages in all, and then nothing more: too many is as wrong as too few.
 * Gives up when nothing came for `patienceMs`.
 */
export async function drained(members: readonly Member[], expected: number, patienceMs: number): Promise<void> {
  let before = -1
  let since = performance.now()
  while (total(members) < expected && performance.now() - since < patienceMs) {
    await wait(QUIET_MS)
    const now = total(members)
    if (now !== before) since = performance.now()
    before = now
  }
  await quiet(members, patienceMs)
}

/** Deliveries to all of `members` so far. */
export function total(members: readonly Member[]): number {
  let sum = 0
  for (const member of members) sum += member.messages
  return sum
}

/** Every member pings every 15 s, a few at a time, also those who come later. @returns a function that ends it. */
export function keepAlive(members: readonly Member[]): () => void {
  const stepMs = 100
  let next = 0
  const timer = setInterval(() => {
    const step = Math.max(1, Math.ceil((members.length * stepMs) / BEAT_MS))
    for (let i = 0; i < step; i++) members[next++ % members.length]?.beat()
  }, stepMs)
  return () => clearInterval(timer)
}

/** Errors the server reported to any of them, by code. */
export function errorsOf(members: readonly Member[]): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const { errors } of members) for (const [code, n] of errors) sum[code] = (sum[code] ?? 0) + n
  return sum
}

/** `count` of `members`, evenly spread over the order of joining. */
export function spread(members: readonly Member[], count: number): Member[] {
  const every = members.length / count
  return Array.from({ length: count }, (_, i) => members[Math.floor((i + 0.5) * every)]).filter((m) => m !== undefined)
}

/** A room name's beginning that was never used. */
export const freshPrefix = (): string => `b${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`
