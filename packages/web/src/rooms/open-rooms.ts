import type { ConnectOptions, RoomConnection } from '@whisperrooms/client'
import type { KeptRoom, KeptRooms, ReadMark } from './kept-rooms.ts'
import { markAtEnd, unreadIn } from './unread.ts'

/** More rooms than this in one tab are refused. */
export const MOST_ROOMS = 20

/** A room this tab is in. Immutable: another object when something here changes. */
export interface OpenRoom {
  readonly room: string
  /** The name one has there. */
  readonly name: string
  readonly connection: RoomConnection
  /** Messages of others that are alive and unread. */
  readonly unread: number
}

export interface Entry {
  readonly room: string
  readonly name: string
  readonly create?: ConnectOptions['create']
}

export interface AgainOptions {
  readonly name?: string
  /** Open the room if it is gone: as it was opened here, or for as long as the server lets words live by itself. */
  readonly create?: 'as-before' | 'default-ttl'
  /** Without the owner's secret, as a member. */
  readonly withoutOwner?: boolean
}

export interface OpenRooms {
  /** In the order of opening; the same array until something changes. */
  readonly getSnapshot: () => readonly OpenRoom[]
  readonly subscribe: (listener: () => void) => () => void
  /** Enters a room; one that is open already stays as it is. @returns `false` when the tab has all the rooms it may have. */
  enter(entry: Entry): boolean
  /**
   * Connects anew to a room whose connection the server closed; as the same person unless `options` says otherwise. What was not
   * sent there is given back first, in its order.
   */
  enterAgain(room: string, options?: AgainOptions): void
  leave(room: string): void
  /** Says whose end somebody is looking at: what arrives there is read. `undefined` when nobody looks. */
  watch(room: string | undefined): void
  /** How far a room was read. */
  readMark(room: string): ReadMark | undefined
  /** Calls `listener` for each message of others that arrives live. */
  onArrival(listener: (room: string) => void): () => void
  /** Calls `listener` with the text of a message that was not sent: its time ran out, or its room closed. */
  onReturned(listener: (room: string, text: string) => void): () => void
  /** Keeps how far each room was read, for when the page is loaded again. */
  keep(): void
}

export interface Ports {
  readonly connect: (room: string, options: ConnectOptions) => RoomConnection
  readonly kept: KeptRooms
}

interface Held {
  open: OpenRoom
  /** Everything worth keeping over a reload, `read` included. */
  kept: KeptRoom
  stop: () => void
}

/** The rooms of this tab, each over its own connection. Those kept from before a reload are entered at once. */
export function openRooms({ connect, kept }: Ports): OpenRooms {
  const held = new Map<string, Held>()
  const listeners = new Set<() => void>()
  const arrivals = new Set<(room: string) => void>()
  const returns = new Set<(room: string, text: string) => void>()
  let snapshot: readonly OpenRoom[] = []
  let watched: string | undefined

  const changed = () => {
    snapshot = [...held.values()].map(({ open }) => open)
    for (const listener of listeners) listener()
  }
  const save = () => kept.save([...held.values()].map((one) => one.kept))

  /** Follows what the connection shows. */
  const follow = (one: Held) => {
    const { timeline, you } = one.open.connection.getSnapshot()
    const { room } = one.open
    if (room === watched) one.kept = { ...one.kept, read: markAtEnd(timeline, one.kept.read) }
    const unread = unreadIn(timeline, one.kept.read)
    const name = you?.name ?? one.open.name
    if (unread === one.open.unread && name === one.open.name) return
    if (name !== one.kept.name) {
      one.kept = { ...one.kept, name }
      save()
    }
    one.open = { ...one.open, unread, name }
    changed()
  }

  const giveBack = (room: string, text: string) => {
    for (const listener of returns) listener(room, text)
  }

  const start = (room: KeptRoom, create: KeptRoom['create']) => {
    const one: { current: Held | undefined } = { current: undefined }
    let identity = room.identity
    const connection = connect(room.room, {
      name: room.name,
      ...(identity === undefined ? {} : { identity }),
      ...(create === undefined ? {} : { create }),
      // May be called before `connect` returns, and late by a connection that was replaced.
      onIdentity: (renewed) => {
        identity = renewed
        if (one.current === undefined || held.get(room.room) !== one.current) return
        one.current.kept = { ...one.current.kept, identity }
        save()
      },
      onArrival: () => {
        for (const listener of arrivals) listener(room.room)
      },
      onReturned: ({ text }) => giveBack(room.room, text),
    })
    const started: Held = {
      open: { room: room.room, name: room.name, connection, unread: 0 },
      kept: { ...room, identity },
      stop: connection.subscribe(() => follow(started)),
    }
    one.current = started
    held.set(room.room, started)
  }

  for (const room of kept.load().slice(0, MOST_ROOMS)) start(room, undefined)
  changed()

  return {
    getSnapshot: () => snapshot,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    enter({ room, name, create }) {
      if (held.has(room)) return true
      if (held.size >= MOST_ROOMS) return false
      start({ room, name, create, identity: undefined, read: undefined }, create)
      save()
      changed()
      return true
    },
    enterAgain(room, { name, create, withoutOwner = false } = {}) {
      const one = held.get(room)
      if (one === undefined) return
      one.stop()
      for (const { text } of one.open.connection.getSnapshot().outbox) giveBack(room, text)
      one.open.connection.leave()
      const { session, ticket } = one.kept.identity ?? {}
      const asMember =
        session === undefined ? undefined : ticket === undefined ? { session } : ({ session, ticket } as const)
      const identity = withoutOwner ? asMember : one.kept.identity
      const { ttlSeconds, ...settings } = one.kept.create ?? {}
      const before = create === 'default-ttl' || ttlSeconds === undefined ? settings : { ...settings, ttlSeconds }
      start(
        { ...one.kept, create: before, identity, name: name ?? one.kept.name },
        create === undefined ? undefined : before,
      )
      save()
      changed()
    },
    leave(room) {
      const one = held.get(room)
      if (one === undefined) return
      one.stop()
      held.delete(room)
      one.open.connection.leave()
      save()
      changed()
    },
    watch(room) {
      watched = room
      const one = room === undefined ? undefined : held.get(room)
      if (one !== undefined) follow(one)
    },
    readMark: (room) => held.get(room)?.kept.read,
    onArrival(listener) {
      arrivals.add(listener)
      return () => arrivals.delete(listener)
    },
    onReturned(listener) {
      returns.add(listener)
      return () => returns.delete(listener)
    },
    keep: save,
  }
}
