import { type Epoch, isErrorCode, type MemberId, type ReactionFrame, type ServerFrame } from '@whisperrooms/protocol'
import { defaultEnvironment } from './default-environment.ts'
import type { Environment } from './environment.ts'
import { createNotifier } from './notifier.ts'
import { createReactionList, type ReactionList } from './reaction-list.ts'
import { createRequests, type Requests } from './requests.ts'
import { schedulerOf } from './scheduler.ts'
import { tapped } from './tapped-socket.ts'
import type { TimelineMessage } from './types.ts'
import { WhisperError } from './whisper-error.ts'

/** What an `error` about a reaction repeats, so that it is not taken for one about something else. */
const RE = 'reaction-'
const NONE: readonly Reaction[] = []

/** All reactions to a message with one emoji. */
export interface Reaction {
  readonly emoji: string
  /** Who put it, in the order in which they did. */
  readonly members: readonly MemberId[]
  /** Whether one did so oneself. */
  readonly own: boolean
}

/** A message of a room's timeline. */
export type ReactedTo = Pick<TimelineMessage, 'epoch' | 'offset'>

/** The reactions in all rooms that are connected with its `environment`; the rooms are of one gateway. */
export interface Reactions {
  /** To be given to `connectRoom`. */
  readonly environment: Environment
  /** @returns the reactions to a message that is alive, by emoji in the order of their coming; the same array until something changes. */
  of(room: string, message: ReactedTo): readonly Reaction[]
  /**
   * Puts a reaction to a message, or takes one's own back.
   *
   * @param emoji one emoji; with anything else `bad_frame`
   * @throws WhisperError as the promise's rejection: `unknown_target`, `not_allowed`, `rate_limited` …; `bus_unavailable` while there is
   *   no connection
   */
  react(room: string, message: ReactedTo, emoji: string, on: boolean): Promise<void>
  /** @returns the function that ends the subscription. */
  subscribe(listener: () => void): () => void
}

interface Room {
  epoch: Epoch | undefined
  you: MemberId | undefined
  list: ReactionList
  /** What is replayed on this socket alone, until it is known whether anything is missing before it. */
  replayed: ReactionList | undefined
  /** How far bus time is ahead of the clock. What a frame says of it is old by its way here: the most counts. */
  aheadMs: number
  send: ((text: string) => void) | undefined
  /** How many requests are on their way, by target and emoji. */
  readonly asking: Map<string, number>
  readonly requests: Requests
}

/**
 * Follows reactions: an addition for those who show them, which others need not load.
 *
 * @param environment whose sockets are listened to
 */
export function createReactions(environment: Environment = defaultEnvironment()): Reactions {
  const rooms = new Map<string, Room>()
  const listening: Environment = { ...environment, openSocket: (url) => listen(url) }
  const scheduler = schedulerOf(listening)
  const notifier = createNotifier(scheduler)
  const purgeAlarm = scheduler.alarm(purge)

  function roomAt(name: string): Room {
    const room = rooms.get(name) ?? {
      epoch: undefined,
      you: undefined,
      list: createReactionList(),
      replayed: undefined,
      aheadMs: Number.NEGATIVE_INFINITY,
      send: undefined,
      asking: new Map(),
      requests: createRequests(scheduler),
    }
    rooms.set(name, room)
    return room
  }

  function listen(url: string) {
    const room = roomAt(url.slice(url.lastIndexOf('/') + 1))
    const socket = tapped(environment.openSocket(url), {
      heard(data) {
        const frame = read(data)
        if (frame === undefined) return
        if (frame.type === 'welcome') room.send = (text) => socket.send(text)
        take(room, frame)
        room.requests.observe(frame)
      },
      ended() {
        room.send = undefined
        room.requests.refuseAll('bus_unavailable')
      },
    })
    return socket
  }

  function take(room: Room, frame: Relevant): void {
    switch (frame.type) {
      case 'welcome':
        room.you = frame.you.id
        if (room.epoch !== frame.cursor.epoch) begin(room, frame.cursor.epoch)
        room.replayed = createReactionList()
        return sample(room, frame.now)
      case 'pong':
        return sample(room, frame.now)
      case 'live':
        // What was known from before may have been taken back meanwhile.
        if (!frame.recovered && room.replayed !== undefined) room.list = room.replayed
        room.replayed = undefined
        return notifier.changed()
      case 'gap':
        if (room.epoch !== frame.cursor.epoch) begin(room, frame.cursor.epoch)
        return
      case 'reaction':
        return reaction(room, frame)
      case 'removed':
        for (const list of listsOf(room)) list.remove(Array.isArray(frame.targets) ? frame.targets : [], frame.upTo)
        return notifier.changed()
      case 'error':
        if (frame.re?.startsWith(RE))
          room.requests.refuse(frame.re.slice(RE.length), isErrorCode(frame.code) ? frame.code : 'not_supported')
    }
  }

  /** Offsets of an earlier epoch mean nothing any more, and bus time may be another. */
  function begin(room: Room, epoch: Epoch): void {
    room.epoch = epoch
    room.list = createReactionList()
    room.replayed = undefined
    room.aheadMs = Number.NEGATIVE_INFINITY
    notifier.changed()
  }

  function reaction(room: Room, { target, emoji, from, on, expires }: ReactionFrame): void {
    const deadlineMs = expires - room.aheadMs
    if (deadlineMs <= scheduler.now()) return
    for (const list of listsOf(room)) list.set({ target, emoji, member: from.id, on, deadlineMs })
    armPurge()
    notifier.changed()
  }

  function sample(room: Room, busMs: number): void {
    room.aheadMs = Math.max(room.aheadMs, busMs - scheduler.now())
  }

  function purge(): void {
    const nowMs = scheduler.now()
    for (const room of rooms.values()) for (const list of listsOf(room)) list.purge(nowMs)
    armPurge()
    notifier.changedNow()
  }

  function armPurge(): void {
    purgeAlarm.set(Math.min(...[...rooms.values()].flatMap(listsOf).map((list) => list.soonestMs())))
  }

  return {
    environment: listening,
    subscribe: notifier.subscribe,

    of(name, { epoch, offset }) {
      const room = rooms.get(name)
      if (room === undefined || room.epoch !== epoch) return NONE
      return room.list.of(offset, room.you, scheduler.now()) ?? NONE
    },

    react(name, { epoch, offset: target }, emoji, on) {
      const room = roomAt(name)
      if (room.epoch !== undefined && room.epoch !== epoch) return Promise.reject(new WhisperError('unknown_target'))
      const { you, send } = room
      const what = `${target} ${emoji}`
      const asked = room.asking.get(what) ?? 0
      const isSo = you !== undefined && room.list.has(target, emoji, you) === on
      // While another is on its way, how it is says nothing of how it will be.
      if (asked === 0 && send !== undefined && isSo) return Promise.resolve()
      room.asking.set(what, asked + 1)
      const answered = room.requests.ask(
        (re) => {
          send?.(JSON.stringify({ type: 'react', re: RE + re, target, emoji, on }))
          return send !== undefined
        },
        (frame) =>
          frame.type === 'reaction' &&
          frame.target === target &&
          frame.emoji === emoji &&
          frame.from.id === you &&
          frame.on === on,
      )
      return answered.finally(() => {
        const left = (room.asking.get(what) ?? 1) - 1
        if (left > 0) room.asking.set(what, left)
        else room.asking.delete(what)
      })
    },
  }
}

const listsOf = ({ list, replayed }: Room): ReactionList[] => (replayed === undefined ? [list] : [list, replayed])

type Relevant = Extract<
  ServerFrame,
  { readonly type: 'welcome' | 'pong' | 'live' | 'gap' | 'reaction' | 'removed' | 'error' }
>

/** What is needed of the frames that matter here, as `path:type`. */
const FIELDS: Readonly<Record<Relevant['type'], readonly string[]>> = {
  welcome: ['you.id:string', 'cursor.epoch:string', 'now:number'],
  pong: ['now:number'],
  live: ['recovered:boolean'],
  gap: ['cursor.epoch:string'],
  reaction: ['target:number', 'emoji:string', 'from.id:string', 'on:boolean', 'expires:number'],
  removed: [],
  error: ['code:string'],
}

/** Reads a frame that matters here. Never throws: what is malformed is nothing. */
function read(data: unknown): Relevant | undefined {
  if (typeof data !== 'string') return undefined
  let frame: unknown
  try {
    frame = JSON.parse(data)
  } catch {
    return undefined
  }
  const type = isRecord(frame) ? frame['type'] : undefined
  if (typeof type !== 'string' || !Object.hasOwn(FIELDS, type)) return undefined
  return FIELDS[type as Relevant['type']].every((field) => has(frame, field)) ? (frame as Relevant) : undefined
}

function has(frame: unknown, field: string): boolean {
  const [path = '', type] = field.split(':')
  let found = frame
  for (const name of path.split('.')) found = isRecord(found) ? found[name] : undefined
  return typeof found === type
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
