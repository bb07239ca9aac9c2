import type { ConnectOptions, OutboxItem, RoomConnection, RoomSnapshot, TimelineMessage } from '@whisperrooms/client'
import type { Epoch, Key, MemberId, Offset } from '@whisperrooms/protocol'
import { expect, test, vi } from 'vitest'
import type { KeptRoom } from './kept-rooms.ts'
import { MOST_ROOMS, openRooms } from './open-rooms.ts'

const NOTHING: RoomSnapshot = {
  connection: { status: 'live' },
  you: undefined,
  settings: undefined,
  features: [],
  members: [],
  count: 0,
  typing: [],
  timeline: [],
  outbox: [],
  more: false,
  epoch: undefined,
}

function unsent(text: string): OutboxItem {
  const key = `key-of-${text}` as Key
  return { key, text, replyTo: undefined, ttlSeconds: undefined, state: 'failed', code: 'room_ended' }
}

function said(offset: number, own = false): TimelineMessage {
  return {
    kind: 'message',
    id: `mira.${offset}`,
    epoch: 'e1' as Epoch,
    offset: offset as Offset,
    key: `key-${offset}` as Key,
    from: { id: 'mira' as MemberId, name: 'Mira' },
    own,
    text: 'words',
    replyTo: undefined,
    at: offset,
    expires: offset + 1000,
    deadlineMs: offset + 1000,
  }
}

/** A tab whose connections are driven by the test. */
function openTab(before: readonly KeptRoom[] = []) {
  const made: { room: string; options: ConnectOptions; left: boolean; show: (part: Partial<RoomSnapshot>) => void }[] =
    []
  let saved: readonly KeptRoom[] = before
  const rooms = openRooms({
    kept: {
      load: () => before,
      save: (now) => {
        saved = now
      },
    },
    connect: (room, options) => {
      const listeners = new Set<() => void>()
      let snapshot = NOTHING
      const one = {
        room,
        options,
        left: false,
        show: (part: Partial<RoomSnapshot>) => {
          snapshot = { ...snapshot, ...part }
          for (const listener of listeners) listener()
        },
      }
      made.push(one)
      const connection: Partial<RoomConnection> = {
        room,
        getSnapshot: () => snapshot,
        subscribe: (listener) => {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
        leave: () => {
          one.left = true
          snapshot = { ...snapshot, outbox: [] }
        },
      }
      return connection as RoomConnection
    },
  })
  const at = (index: number) => {
    const one = made[index]
    if (one === undefined) throw new Error(`only ${made.length} connections were made`)
    return one
  }
  const unread = () => rooms.getSnapshot().map((one) => one.unread)
  return { rooms, made, at, unread, saved: () => saved }
}

test('entering a room twice keeps the one connection', () => {
  const { rooms, made } = openTab()
  rooms.enter({ room: 'tea', name: 'Ada' })
  rooms.enter({ room: 'tea', name: 'Eve' })
  expect(made).toHaveLength(1)
  expect(rooms.getSnapshot().map(({ room, name }) => [room, name])).toEqual([['tea', 'Ada']])
})

test('a tab holds twenty rooms and refuses one more', () => {
  const { rooms } = openTab()
  for (let i = 0; i < MOST_ROOMS; i++) expect(rooms.enter({ room: `room-${i}`, name: 'Ada' })).toBe(true)
  expect(rooms.enter({ room: 'one-more', name: 'Ada' })).toBe(false)
  rooms.leave('room-3')
  expect(rooms.enter({ room: 'one-more', name: 'Ada' })).toBe(true)
})

test('what arrives where nobody looks is unread until somebody looks, and one’s own never is', () => {
  const { rooms, at, unread } = openTab()
  rooms.enter({ room: 'tea', name: 'Ada' })
  rooms.enter({ room: 'work', name: 'Ada' })
  rooms.watch('tea')
  at(0).show({ timeline: [said(1)] })
  at(1).show({ timeline: [said(1), said(2, true), said(3)] })
  expect(unread()).toEqual([0, 2])
  rooms.watch('work')
  expect(unread()).toEqual([0, 0])
  at(0).show({ timeline: [said(1), said(2)] })
  expect(unread()).toEqual([1, 0])
})

test('unread messages that vanish are no longer counted', () => {
  const { rooms, at, unread } = openTab()
  rooms.enter({ room: 'tea', name: 'Ada' })
  at(0).show({ timeline: [said(1), said(2)] })
  expect(unread()).toEqual([2])
  at(0).show({ timeline: [said(2)] })
  expect(unread()).toEqual([1])
  at(0).show({ timeline: [] })
  expect(unread()).toEqual([0])
})

test('nobody is told of a change when the count stays the same', () => {
  const { rooms, at } = openTab()
  rooms.enter({ room: 'tea', name: 'Ada' })
  rooms.watch('tea')
  const listener = vi.fn()
  rooms.subscribe(listener)
  const before = rooms.getSnapshot()
  at(0).show({ timeline: [said(1)] })
  at(0).show({ timeline: [said(1), said(2)] })
  expect(listener).not.toHaveBeenCalled()
  expect(rooms.getSnapshot()).toBe(before)
})

test('a reload is the same person in the same rooms, without creating them', () => {
  const kept: KeptRoom = {
    room: 'tea',
    name: 'Ada',
    create: { ttlSeconds: 180, own: true },
    identity: { session: 's'.repeat(22), owner: 'o'.repeat(22), ticket: 't' },
    read: { epoch: 'e1', offset: 1, at: 1 },
  }
  const { at, unread } = openTab([kept])
  expect(at(0).options.identity).toEqual(kept.identity)
  expect(at(0).options.create).toBeUndefined()
  at(0).show({ timeline: [said(1), said(2)] })
  expect(unread()).toEqual([1])
})

test('the identity of each room is kept as it is renewed, and forgotten when one leaves', () => {
  const { rooms, at, saved } = openTab()
  rooms.enter({ room: 'tea', name: 'Ada' })
  at(0).options.onIdentity?.({ session: 's'.repeat(22) })
  at(0).options.onIdentity?.({ session: 's'.repeat(22), ticket: 'renewed' })
  expect(saved().map(({ identity }) => identity?.ticket)).toEqual(['renewed'])
  rooms.leave('tea')
  expect(at(0).left).toBe(true)
  expect(saved()).toEqual([])
  at(0).options.onIdentity?.({ session: 's'.repeat(22), ticket: 'too late' })
  expect(saved()).toEqual([])
})

test('a room that was forgotten is opened again with what it was opened with, by the same person', () => {
  const { rooms, at } = openTab()
  rooms.enter({ room: 'tea', name: 'Ada', create: { ttlSeconds: 240, own: true } })
  const identity = { session: 's'.repeat(22), owner: 'o'.repeat(22) }
  at(0).options.onIdentity?.(identity)
  rooms.enterAgain('tea', { create: 'as-before' })
  expect(at(1).options).toMatchObject({ name: 'Ada', identity, create: { ttlSeconds: 240, own: true } })
  expect(at(0).left).toBe(true)
})

test('what was not sent when a room closed comes back to its author, in order, before the room is entered again', () => {
  const { rooms, at } = openTab()
  const returned: string[][] = []
  rooms.onReturned((room, text) => returned.push([room, text]))
  rooms.enter({ room: 'tea', name: 'Ada' })
  at(0).show({ connection: { status: 'closed', why: 'room_ended' }, outbox: [unsent('first'), unsent('second')] })
  rooms.enterAgain('tea', { create: 'as-before' })
  expect(returned).toEqual([
    ['tea', 'first'],
    ['tea', 'second'],
  ])
  expect(at(0).left).toBe(true)
})

test('where the server does not allow the chosen time, the room is opened with the server’s own', () => {
  const { rooms, at } = openTab()
  rooms.enter({ room: 'tea', name: 'Ada', create: { ttlSeconds: 300, own: true } })
  rooms.enterAgain('tea', { create: 'default-ttl' })
  expect(at(1).options.create).toEqual({ own: true })
})

test('one can enter as a member when the owner’s secret no longer fits', () => {
  const { rooms, at } = openTab()
  rooms.enter({ room: 'tea', name: 'Ada' })
  at(0).options.onIdentity?.({ session: 's'.repeat(22), owner: 'o'.repeat(22), ticket: 't' })
  rooms.enterAgain('tea', { withoutOwner: true })
  expect(at(1).options.identity).toEqual({ session: 's'.repeat(22), ticket: 't' })
})

test('a connection that was replaced has nothing more to say', () => {
  const { rooms, at, unread, saved } = openTab()
  rooms.enter({ room: 'tea', name: 'Ada' })
  rooms.enterAgain('tea', {})
  at(0).show({ timeline: [said(1)] })
  at(0).options.onIdentity?.({ session: 'x'.repeat(22) })
  expect(unread()).toEqual([0])
  expect(saved()[0]?.identity).toBeUndefined()
})

test('arrivals and returned messages are told with their room', () => {
  const { rooms, at } = openTab()
  const arrived = vi.fn()
  const returned = vi.fn()
  rooms.onArrival(arrived)
  rooms.onReturned(returned)
  rooms.enter({ room: 'tea', name: 'Ada' })
  at(0).options.onArrival?.(said(1))
  at(0).options.onReturned?.({
    key: 'key-12345' as Key,
    text: 'too late',
    replyTo: undefined,
    ttlSeconds: undefined,
    state: 'failed',
    code: 'too_late',
  })
  expect(arrived.mock.calls).toEqual([['tea']])
  expect(returned.mock.calls).toEqual([['tea', 'too late']])
})
