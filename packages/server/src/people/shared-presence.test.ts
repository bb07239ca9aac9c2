import { LIMITS, type Member, type MemberId, type PresenceFrame, type Role, type RoomKey } from '@whisperrooms/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { manualTime } from '../testing/manual-time.ts'
import { looksOf } from './alike.ts'
import type { Presence } from './presence.ts'
import { sharedPresence } from './shared-presence.ts'

const ROOM = 'tea' as RoomKey
const READER = 'reader'
/** Within this time everybody knows the number there is, in milliseconds. */
const TOLD_MS = 1_000

interface Place {
  readonly presence: Presence
  /** What was told there, and when. */
  readonly told: { readonly frame: PresenceFrame; readonly atMs: number }[]
  enter(id: string, name?: string, role?: Role): void
  rename(id: string, name: string): void
  leave(id: string): void
  lose(id: string): void
  counts(): number[]
  /** Who is here for somebody who was welcomed as `start` says and has believed everything since. */
  listFrom(start: readonly Member[]): Map<MemberId, Member>
}

/** Presence at some gateways that tell each other of their members after a while. */
function gateways(count: number, delayMs = 0) {
  const time = manualTime()
  const { clock, scheduler } = time
  const open = (at: number): Place => {
    const told: Place['told'] = []
    const presence = sharedPresence({
      clock,
      scheduler,
      busNow: clock,
      announce: (_, frame) => told.push({ frame, atMs: clock() }),
      share(room, attendance) {
        for (const other of all)
          if (other.presence !== presence)
            scheduler.after(delayMs, () => other.presence.attend(`gateway-${at}`, room, attendance))
      },
    })
    return {
      presence,
      told,
      enter: (id, name = id, role = 'member') => presence.enter(ROOM, { id: id as MemberId, name, role }),
      rename: (id, name) => presence.rename(ROOM, id as MemberId, name),
      leave: (id) => presence.leave(ROOM, id as MemberId, true),
      lose: (id) => presence.leave(ROOM, id as MemberId, false),
      counts: () => told.map(({ frame }) => frame.count),
      listFrom: (start) => listOf(start, told),
    }
  }
  const all: readonly Place[] = Array.from({ length: count }, (_, at) => open(at))
  const [one] = all
  if (one === undefined) throw new Error('there must be a gateway')
  return { time, all, one }
}

function listOf(start: readonly Member[], told: Place['told']): Map<MemberId, Member> {
  let list = new Map(start.map((member) => [member.id, member]))
  for (const { frame } of told) {
    if (frame.members !== undefined) list = new Map(frame.members.map((member) => [member.id, member]))
    for (const member of [...(frame.joined ?? []), ...(frame.changed ?? [])]) list.set(member.id, member)
    for (const id of frame.left ?? []) list.delete(id)
  }
  return list
}

/** A room of so many, all of whom have been told. */
async function roomOf(members: number, count = 1) {
  const opened = gateways(count)
  for (let i = 0; i < members; i++) opened.one.enter(`member-${i}`)
  await opened.time.advance(5_000)
  opened.one.told.length = 0
  return opened
}

test('a number that is off by less than 1 % is told once it has settled', async () => {
  const { time, one } = await roomOf(1_000)
  for (let i = 0; i < 9; i++) {
    one.enter(`late-${i}`)
    await time.advance(300)
  }
  expect(one.counts()).toEqual([])
  await time.advance(TOLD_MS - 300)
  expect(one.counts()).toEqual([1_009])
})

test('a number that is off by 1 % is told at the pace of the room', async () => {
  const { time, one } = await roomOf(1_000)
  for (let i = 0; i < 100; i++) {
    one.enter(`late-${i}`)
    await time.advance(50)
  }
  const during = one.counts()
  expect(during.length).toBeGreaterThanOrEqual(5)
  expect(during.length).toBeLessThanOrEqual(5_000 / 400)
  await time.advance(TOLD_MS)
  expect(one.counts().at(-1)).toBe(1_100)
})

test('who comes and who goes in equal number is told to nobody above 200, until it ends', async () => {
  const { time, one } = await roomOf(1_000)
  for (let i = 0; i < 1_000; i++) {
    one.enter(`late-${i}`)
    one.leave(`member-${i}`)
    await time.advance(5)
  }
  expect(one.counts()).toEqual([])
  await time.advance(TOLD_MS)
  expect(one.counts()).toEqual([1_000])
})

test('5,000 join within 5 s and half of them leave: at most 60 frames, and the number is right a second later', async () => {
  const { time, one } = gateways(1)
  for (let i = 0; i < 5_000; i++) {
    one.enter(`member-${i}`)
    await time.advance(1)
  }
  await time.advance(TOLD_MS)
  expect(one.counts().at(-1)).toBe(5_000)
  for (let i = 0; i < 2_500; i++) {
    one.leave(`member-${i}`)
    if (i % 10 === 0) await time.advance(1)
  }
  await time.advance(TOLD_MS)
  expect(one.counts().at(-1)).toBe(2_500)
  expect(one.told.length).toBeLessThanOrEqual(60)
})

test('in a room of 100 who comes is told soon, and who comes after that once within a second', async () => {
  const { time, one } = await roomOf(100)
  one.enter('first')
  await time.advance(100)
  expect(one.told.map(({ frame }) => frame.joined?.length)).toEqual([1])
  for (let i = 0; i < 40; i++) {
    one.enter(`late-${i}`)
    await time.advance(10)
  }
  await time.advance(TOLD_MS - 10)
  expect(one.told.map(({ frame }) => frame.joined?.length)).toEqual([1, 40])
})

test('a crowd that is lost at once has left after the grace, and whoever came back has not', async () => {
  const { time, one } = await roomOf(2_000)
  for (let i = 0; i < 1_500; i++) one.lose(`member-${i}`)
  await time.advance(LIMITS.graceMs - 1)
  for (let i = 0; i < 100; i++) one.enter(`member-${i}`)
  expect(one.counts()).toEqual([])
  await time.advance(TOLD_MS)
  expect(one.counts().at(-1)).toBe(600)
})

test('new names above 200 are told to nobody and keep nobody from being told the number', async () => {
  const { time, one } = await roomOf(300)
  one.rename('member-1', 'renamed')
  await time.advance(TOLD_MS)
  expect(one.counts()).toEqual([])
  one.enter('late')
  for (let i = 0; i < 10; i++) {
    one.rename('member-1', `renamed-${i}`)
    await time.advance(TOLD_MS / 10)
  }
  expect(one.counts()).toEqual([301])
})

test('a room that falls to 200 is told the whole list, once', async () => {
  const { time, one } = await roomOf(202)
  for (const id of ['member-0', 'member-1', 'member-2']) {
    one.leave(id)
    await time.advance(TOLD_MS)
  }
  expect(one.told.map(({ frame }) => [frame.count, frame.members?.length])).toEqual([
    [201, undefined],
    [200, 200],
    [199, undefined],
  ])
})

test('who comes above 200 at another gateway is counted here within a second', async () => {
  const { time, one, all } = await roomOf(300, 2)
  const [, other] = all
  for (let i = 0; i < 250; i++) other?.enter(`other-${i}`)
  await time.advance(TOLD_MS)
  expect(one.counts().at(-1)).toBe(550)
  other?.enter('one-more')
  await time.advance(TOLD_MS)
  expect(one.counts().at(-1)).toBe(551)
})

test('a name that can be taken for an owner’s is told as such, whoever came first, for as long as it can', async () => {
  const { time, one } = gateways(1)
  one.enter('early', 'Аdа')
  one.enter('other', 'Eve')
  await time.advance(TOLD_MS)
  one.enter('owner', 'Ada', 'owner')
  await time.advance(TOLD_MS)
  one.enter('late', 'ADA')
  await time.advance(TOLD_MS)
  const early = { id: 'early', name: 'Аdа', role: 'member' }
  const late = { id: 'late', name: 'ADA', role: 'member', alike: true }
  expect(one.told.at(-2)?.frame).toMatchObject({ changed: [{ ...early, alike: true }] })
  expect(one.told.at(-1)?.frame).toMatchObject({ joined: [late] })
  const { members } = one.presence.of(ROOM)
  expect(members.filter(({ alike }) => alike).map(({ id }) => id)).toEqual(['early', 'late'])
  one.rename('late', 'Lea')
  await time.advance(TOLD_MS)
  expect(one.told.at(-1)?.frame.changed).toEqual([{ id: 'late', name: 'Lea', role: 'member' }])
  one.leave('owner')
  await time.advance(TOLD_MS)
  expect(one.told.at(-1)?.frame.changed).toEqual([early])
})

/** What may happen at a gateway. `who` and `size` are of small numbers, so that it happens to the same ones. */
const act = fc.record({
  at: fc.nat({ max: 1 }),
  what: fc.constantFrom('enter', 'enter', 'leave', 'lose', 'rename', 'crowd comes', 'crowd goes'),
  who: fc.nat({ max: 5 }),
  name: fc.constantFrom('Ada', 'Аda', 'Bob', 'Bоb', 'Cy'),
  waitMs: fc.constantFrom(1, 1, 30, 90, 300, 700, 11_000),
})
const CROWD = 100

test('whatever happens, everybody knows how many are here a second later, and up to 200 who', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { maxLength: 25 }),
      fc.constantFrom(0, 90, 195, 198),
      fc.constantFrom(0, 40),
      async (acts, seated, delayMs) => {
        const { time, all, one } = gateways(2, delayMs)
        const sockets = new Map<string, number>()
        const readers = all.map((place, at) => {
          place.enter(`${READER}-${at}`)
          return { place, start: place.presence.of(ROOM).members }
        })
        for (let i = 0; i < seated; i++) one.enter(`seat-${i}`)
        const crowds = [false, false]
        for (const { at, what, who, name, waitMs } of acts) {
          const place = all[at] ?? one
          const id = `person-${who}`
          const key = `${id} ${at}`
          const open = sockets.get(key) ?? 0
          if (what === 'enter') place.enter(id, name, who === 0 ? 'owner' : 'member')
          if (what === 'enter') sockets.set(key, open + 1)
          if ((what === 'leave' || what === 'lose') && open > 0) {
            sockets.set(key, open - 1)
            if (what === 'leave') place.leave(id)
            else place.lose(id)
          }
          if (what === 'rename' && open > 0) place.rename(id, name)
          const comes = what === 'crowd comes'
          if ((comes || what === 'crowd goes') && crowds[at] !== comes) {
            crowds[at] = comes
            for (let i = 0; i < CROWD; i++)
              if (comes) place.enter(`crowd-${at}-${i}`)
              else place.leave(`crowd-${at}-${i}`)
          }
          await time.advance(waitMs)
        }
        await time.advance(LIMITS.graceMs + TOLD_MS)
        const here = all.map((_, at) => {
          const people = [...sockets].filter(([key, open]) => open > 0 && key.endsWith(` ${at}`))
          const others = 1 + (at === 0 ? seated : 0) + (crowds[at] ? CROWD : 0)
          return { ids: people.map(([key]) => key.split(' ')[0]), count: people.length + others }
        })
        const everywhere = new Set(here.flatMap(({ ids }) => ids)).size
        const sum = here.reduce((total, { count }) => total + count, 0)
        const twice = here.reduce((total, { ids }) => total + ids.length, 0) - everywhere
        // Above 200 at one gateway, it does not say whom it counts.
        const expected = sum - (here.every(({ count }) => count <= LIMITS.membersListed) ? twice : 0)
        const lists = readers.map(({ place, start }) => {
          const { count } = place.presence.of(ROOM)
          if (twice === 0 || expected <= LIMITS.membersListed) expect(count).toBe(expected)
          expect(place.counts().at(-1)).toBe(count)
          expect(place.presence.countOf(ROOM)).toBe(count)
          return place.listFrom(start)
        })
        if (expected > LIMITS.membersListed) return
        const [list] = lists
        if (list === undefined) return
        expect(list.size).toBe(expected)
        expect(sorted(lists[1])).toEqual(sorted(list))
        const looks = new Set(
          [...list.values()].filter(({ role }) => role === 'owner').flatMap(({ name }) => looksOf(name)),
        )
        for (const { name, role, alike } of list.values())
          expect(alike ?? false).toBe(role !== 'owner' && looksOf(name).some((look) => looks.has(look)))
      },
    ),
    { numRuns: 300 },
  )
})

const sorted = (list: ReadonlyMap<MemberId, Member> | undefined): Member[] =>
  [...(list?.values() ?? [])].toSorted((one, other) => (one.id < other.id ? -1 : 1))
