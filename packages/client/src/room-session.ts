import {
  type Cursor,
  type Epoch,
  type ErrorFrame,
  type GapFrame,
  isErrorCode,
  type JoinFrame,
  LIMITS,
  type LiveFrame,
  type Member,
  type MessageFrame,
  type Offset,
  type PongFrame,
  type PresenceFrame,
  type RemovedFrame,
  type RoomFrame,
  type RoomSettings,
  type ServerFrame,
  type WelcomeFrame,
} from '@whisperrooms/protocol'
import type { BusTime } from './bus-time.ts'
import type { Connection } from './connection.ts'
import { decodeServerFrame } from './decode-server-frame.ts'
import type { IdentityKeeper } from './identity.ts'
import type { Door } from './join-frame.ts'
import type { Outbox } from './outbox.ts'
import type { People } from './people.ts'
import type { Requests } from './requests.ts'
import type { Scheduler } from './scheduler.ts'
import type { Timeline } from './timeline.ts'
import type { TimelineMessage } from './types.ts'

/** The parts of a membership that the server's frames move. */
export interface SessionParts {
  readonly scheduler: Scheduler
  readonly identity: IdentityKeeper
  readonly door: Door
  readonly busTime: BusTime
  readonly timeline: Timeline
  readonly people: People
  readonly requests: Requests
  readonly outbox: Outbox
  readonly connection: Connection
  readonly changed: () => void
  readonly arrived: (message: TimelineMessage) => void
}

/** What the server told of the room and of oneself; kept over reconnects. */
export interface Told {
  readonly you: Member | undefined
  readonly settings: RoomSettings | undefined
  readonly features: readonly string[]
  readonly typingMs: number
  /** Older live messages can be loaded. */
  readonly more: boolean
}

/**
 * What one member has seen of the log, over all its sockets. Each socket goes through three phases:
 * *join* (`welcome` says where the replay starts), *replay* (the logged frames after the cursor), *live*.
 */
export interface RoomSession {
  join(): JoinFrame
  receive(data: unknown): void
  /** The socket is gone. */
  lost(): void
  told(): Told
  epoch(): Epoch | undefined
  /** Older messages are those before it. */
  oldest(): Offset | undefined
}

export function createRoomSession(parts: SessionParts): RoomSession {
  const { scheduler, identity, door, busTime, timeline, people, requests, outbox, connection, changed } = parts
  let told: Told = { you: undefined, settings: undefined, features: [], typingMs: LIMITS.typingMs, more: false }
  let phase: 'join' | 'replay' | 'live' = 'join'
  let cursor: Cursor | undefined
  let inFlight = 1
  let joinSentMs = 0
  /** Whether this socket was joined with a cursor: only then can something have been missed. */
  let returns = false
  let replayStart: Offset | undefined
  /** A return broke off after part of its replay, before it was told what it had missed. */
  let torn = false
  /** Whether the replay starts where the last socket ended, or before. */
  let continues = false
  /** The earliest entry of this epoch after which there is no hole. */
  let oldest: Offset | undefined

  function tell(changes: Partial<Told>): void {
    told = { ...told, ...changes }
    changed()
  }

  /** Puts the cursor anywhere, also backwards or into another epoch. */
  function moveTo(next: Cursor): void {
    if (cursor?.epoch !== next.epoch) {
      timeline.enter(next.epoch)
      outbox.enter(next.epoch)
      oldest = undefined
    }
    cursor = next
  }

  /** Moves the cursor forwards within its epoch. */
  function advance(offset: Offset): void {
    if (cursor === undefined) return
    if (offset > cursor.offset) cursor = { epoch: cursor.epoch, offset }
    outbox.passed(cursor.offset)
  }

  function adopt(next: Cursor): void {
    if (cursor?.epoch !== next.epoch) moveTo(next)
    advance(next.offset)
  }

  /** Notes what vanished after `offset`, for as long as a message sent now would stay. */
  function vanish(missed: number | null, offset: Offset): void {
    const ttlSeconds = told.settings?.ttl ?? 0
    timeline.vanish(missed, offset, scheduler.now() + ttlSeconds * 1000)
    changed()
  }

  function welcome(frame: WelcomeFrame): void {
    const { you, features, members, count, limits, ticket } = frame
    busTime.sample(frame.now, joinSentMs, scheduler.now())
    continues = cursor?.epoch === frame.cursor.epoch && frame.cursor.offset <= cursor.offset
    if (continues) timeline.recheck(frame.cursor.offset)
    else oldest = undefined
    moveTo(frame.cursor)
    phase = 'replay'
    replayStart = frame.cursor.offset
    inFlight = limits.inFlight
    const { id: _, ...settings } = frame.room
    tell({ you, settings, features, typingMs: limits.typing })
    people.replace(members, count)
    door.welcomed()
    identity.renewTicket(ticket)
    connection.welcomed(limits.heartbeat)
  }

  function live(frame: LiveFrame): void {
    timeline.rechecked(frame.cursor.offset)
    adopt(frame.cursor)
    if (returns) {
      // Not recovered, something alive is missing: "none" would be too good.
      const missed = torn || (!frame.recovered && frame.missed === 0) ? null : frame.missed
      vanish(missed, replayStart ?? frame.cursor.offset)
      if (missed !== 0) outbox.doubt()
    }
    torn = false
    if (!continues) tell({ more: frame.more })
    phase = 'live'
    connection.live()
    outbox.live(inFlight)
  }

  function message(frame: MessageFrame): void {
    if (cursor === undefined) return
    const own = frame.from.id === told.you?.id
    const isNew = frame.offset > cursor.offset
    if (own) outbox.seen(frame.key, frame.offset, frame.expires)
    if (isNew) people.typing(frame.from.id, false)
    const outcome = timeline.add(frame, own, busTime.toLocal(frame.expires), scheduler.now())
    changed()
    if (own || !isNew) return
    // It died on its way here, for example in the buffer of a page that was frozen.
    if (outcome === 'dead' && (phase === 'live' || returns)) vanish(1, frame.offset)
    if (typeof outcome === 'object' && phase === 'live') parts.arrived(outcome)
  }

  function removed({ targets, upTo }: RemovedFrame): void {
    if (upTo !== undefined) timeline.removeBefore(upTo)
    const allKnown = targets === undefined || timeline.remove(targets)
    // In a replay it may speak of a message of one's own that was not seen and is not replayed.
    if (phase === 'replay' && (upTo !== undefined || !allKnown)) outbox.doubt()
    changed()
  }

  function room({ type: _, offset, by: __, ...settings }: RoomFrame): void {
    // What is replayed or loaded is older than the settings in `welcome`.
    if (phase !== 'live' || cursor === undefined || offset <= cursor.offset || told.settings === undefined) return
    tell({ settings: { ...told.settings, ...settings } })
  }

  function presence(frame: PresenceFrame): void {
    people.apply(frame)
    const you = people.members().find(({ id }) => id === told.you?.id)
    if (you !== undefined) tell({ you })
  }

  function gap(frame: GapFrame): void {
    if (frame.cursor.epoch === cursor?.epoch) outbox.doubt()
    moveTo(frame.cursor)
    vanish(frame.missed, frame.cursor.offset)
  }

  function error({ code, key, re, retryAfter }: ErrorFrame): void {
    // What this client does not know yet it does not try again; a close code says by itself whether to come back.
    const known = isErrorCode(code) ? code : 'not_supported'
    if (key !== undefined) outbox.refused(key, known, retryAfter)
    else if (re !== undefined) requests.refuse(re, known)
    else if (known === code) connection.explained(known, retryAfter)
  }

  function pong(frame: PongFrame): void {
    // Unasked for, it comes with a new epoch, in which the time may be another one.
    const nowMs = scheduler.now()
    busTime.sample(frame.now, connection.ponged() ?? nowMs, nowMs)
    if (frame.ticket !== undefined) identity.renewTicket(frame.ticket)
    adopt(frame.cursor)
    if (phase === 'live') outbox.read(frame.read)
  }

  function apply(frame: ServerFrame): void {
    switch (frame.type) {
      case 'live':
        live(frame)
        break
      case 'message':
        message(frame)
        break
      case 'ack':
        outbox.acked(frame.key, frame.target, frame.expires, cursor?.offset ?? frame.target)
        break
      case 'removed':
        removed(frame)
        break
      case 'room':
        room(frame)
        break
      case 'presence':
        presence(frame)
        break
      case 'typing':
        if (frame.from.id !== told.you?.id) people.typing(frame.from.id, frame.on)
        break
      case 'loaded':
        oldest = earliest(frame.before, oldest)
        tell({ more: frame.more })
        break
      case 'gap':
        gap(frame)
        break
      case 'pong':
        pong(frame)
        break
      case 'error':
        error(frame)
        break
      // A second welcome means nothing; a reaction and a relayed kind only have their place, and nobody here asks for invites.
      case 'welcome':
      case 'reaction':
      case 'invite':
      case 'relay':
        break
    }
  }

  return {
    told: () => told,
    epoch: () => cursor?.epoch,
    oldest: () => oldest ?? cursor?.offset,

    join() {
      joinSentMs = scheduler.now()
      returns = cursor !== undefined
      return door.join(cursor, told.settings)
    },

    receive(data) {
      const { frame, offset } = decodeServerFrame(data)
      if (phase === 'join') {
        // Before its welcome a socket has only that, or a refusal, to say.
        if (frame?.type === 'welcome') welcome(frame)
        if (frame?.type === 'error') error(frame)
        return
      }
      if (frame !== undefined) {
        apply(frame)
        requests.observe(frame)
      }
      if (offset !== undefined) {
        oldest = earliest(offset, oldest)
        advance(offset)
      }
    },

    lost() {
      torn ||= phase === 'replay' && returns && cursor?.offset !== replayStart
      phase = 'join'
      people.nobodyTypes()
      requests.refuseAll('bus_unavailable')
      outbox.lost()
    },
  }
}

const earliest = (a: Offset, b: Offset | undefined): Offset => (b === undefined || a < b ? a : b)
