import {
  type ClientFrame,
  type ClientFrameOf,
  cleanName,
  type Epoch,
  type ErrorCode,
  type Key,
  LIMITS,
  type Member,
  type MemberId,
  mayRetry,
  type Offset,
  type Role,
  type RoomId,
} from '@whisperrooms/protocol'
import type { Expecting } from '../ingress/expected.ts'
import type { Intent, IntentFrame, Sender } from '../ingress/intent.ts'
import type { ClientLimits, Speaker } from '../limits/limiter.ts'
import type { Refusal } from '../limits/refusal.ts'
import { retryAfterOf } from '../limits/retry-after.ts'
import { waysOf } from '../people/via.ts'
import type { Cursor } from '../rooms/cursor.ts'
import { frameOf } from '../rooms/frame-bytes.ts'
import type { Outcome } from '../rooms/outcome.ts'
import type { ReplayWatch } from '../rooms/replay-watch.ts'
import type { Room } from '../rooms/room.ts'
import { placeOf } from '../rooms/window.ts'
import type { Admitted } from './admitted.ts'
import type { Connection } from './connection.ts'
import type { Gateway } from './gateway.ts'
import { Hold } from './hold.ts'
import { MembershipTicket } from './membership-ticket.ts'
import type { Pass } from './pass.ts'
import { Rights } from './rights.ts'

/** One socket's membership of one room, from its `welcome` to its end. */
export class Membership implements Sender, Expecting {
  readonly room: Room
  readonly member: MemberId
  readonly via: string | undefined
  readonly #rights: Rights
  readonly #pass: Pass | undefined
  readonly #gateway: Gateway
  readonly #connection: Connection
  readonly #limits: ClientLimits
  readonly #speaker: Speaker
  readonly #ticket: MembershipTicket
  /** The latest epoch that the client has been told of. */
  #toldEpoch: Epoch
  readonly #admittedName: string
  readonly #roomId: RoomId
  #cursor: Cursor | undefined
  /** The cursor of a member who has left, while bytes may still be on their way. */
  #lastCursor: Cursor | undefined
  readonly #hold = new Hold((before, by) => {
    this.#gateway.ingress.expect(this, before, this.#cursor === undefined ? undefined : by)
  })
  #inFlight = 0
  #inFlightBytes = 0
  #typing = false
  #typingSince = Number.NEGATIVE_INFINITY
  /** Bus time up to which the log has been written to this socket, as far as it is known. */
  #read = 0

  constructor(gateway: Gateway, connection: Connection, limits: ClientLimits, admitted: Admitted) {
    this.#gateway = gateway
    this.#connection = connection
    this.#limits = limits
    this.#speaker = { room: admitted.room.key, member: admitted.member }
    this.room = admitted.room
    this.member = admitted.member
    this.#admittedName = admitted.name
    this.#roomId = admitted.roomId
    this.#rights = new Rights(admitted)
    this.#pass = admitted.pass
    this.via = admitted.via
    this.#toldEpoch = admitted.room.epoch
    this.#ticket = new MembershipTicket({ ...admitted, tickets: gateway.tickets, clock: gateway.clock })
  }

  get joined(): Offset {
    return this.#ticket.joined
  }

  get role(): Role {
    return this.#rights.role
  }

  get ownerHash(): string | undefined {
    return this.#rights.ownerHash
  }

  get isTokenOver(): boolean {
    return this.#pass?.isOver === true
  }

  /** A member has one name on all sockets. */
  get name(): string {
    return this.#gateway.presence.nameOf(this.room.key, this.member) ?? this.#admittedName
  }

  get hold(): number {
    return this.#hold.count
  }

  get you(): Member {
    return { id: this.member, name: this.name, ...this.#rights.standing }
  }

  /** Whether they were made to leave, and may not come back. */
  get isKicked(): boolean {
    return this.room.standings.isBarred(this.member, this.via)
  }

  /** Whoever was kicked does not come back as somebody else either, by the same token's subject or the same invite. */
  barWay(): void {
    for (const way of waysOf(this.via)) if (!this.room.standings.isViaBarred(way)) this.#gateway.bar(this.room, way)
  }

  /** @param expires bus time, milliseconds. */
  #invite({ role, expires, uses, re }: ClientFrameOf<'invite'>): void {
    if (this.role !== 'owner') return this.#connection.sendError('not_allowed', { re })
    const { epoch } = this.room
    const madeAt = this.room.readOffset
    const invite = this.#gateway.invites.make(this.#roomId, { role, epoch, madeAt, expires, uses })
    this.#connection.send({ type: 'invite', invite, role, expires, uses })
  }

  /** Lets the others see what they may do, when that has changed. */
  showStanding(): void {
    this.#gateway.presence.stand(this.room.key, this.member, this.#rights.standing)
  }

  /** Begins to deliver, behind the `welcome`. */
  enter(
    cursor: { readonly epoch: string; readonly offset: Offset } | undefined,
    joined: Offset | undefined,
    watch: ReplayWatch | undefined,
  ): void {
    const { presence, limits, features } = this.#gateway
    presence.enter(this.room.key, { id: this.member, name: this.#admittedName, ...this.#rights.standing })
    const place = placeOf(cursor, this.room.epoch)
    const { sink } = this.#connection
    const welcome = (from: Offset): Buffer =>
      frameOf(
        JSON.stringify({
          type: 'welcome',
          protocol: 1,
          features,
          you: this.you,
          ticket: this.#ticket.issue(),
          room: { id: this.#roomId, ...this.room.settings },
          ...presence.of(this.room.key),
          cursor: { epoch: this.room.epoch, offset: from },
          now: this.room.now,
          limits,
        }),
      )
    this.#cursor = this.room.enter(sink, this.member, { cursor: place, joined }, welcome, watch)
  }

  /** Takes in a frame of a member. */
  take(frame: Exclude<ClientFrame, { type: 'join' | 'leave' }>, bytes: number): void {
    if (frame.type === 'send') return this.#send(frame, bytes)
    const refusal = this.#refusalOf(frame, bytes)
    if (refusal !== undefined) {
      if (frame.type !== 'skip') return this.#connection.sendError(refusal.code, { re: frame.re, ...refusal })
      // A message that will not come again must not hold the others for that.
      this.#connection.offend(refusal.code)
    }
    switch (frame.type) {
      case 'unsend':
      case 'react':
      case 'set':
      case 'kick':
      case 'mute':
      case 'role':
      case 'revoke':
      case 'burn':
      case 'close':
        return this.#submit(frame, this.#newKey(), bytes)
      case 'invite':
        return this.#invite(frame)
      case 'typing':
        return this.#type(frame, bytes)
      case 'skip':
        return this.#hold.skipped(frame.key)
      case 'rename':
        return this.#rename(frame)
      case 'auth':
        return this.#authenticate(frame)
      case 'load':
        return this.#load(frame.before)
      case 'ping':
        return this.#pong()
    }
  }

  settle(intent: Intent, outcome: Outcome): void {
    if (!outcome.ok && outcome.isVoid && mayRetry(outcome.code)) {
      if (intent.state === 'open') this.refuse(intent, outcome.code)
      return
    }
    this.#release(intent)
    intent.state = 'settled'
    if (this.#cursor === undefined) return
    if (intent.frame.type === 'send') this.#hold.answered(intent.key, this.#gateway.clock())
    if (!outcome.ok) {
      if (intent.frame.type !== 'typing') this.#connection.sendError(outcome.code, this.#contextOf(intent))
      return
    }
    if (intent.frame.type !== 'send') return
    const { target, expires, duplicate } = outcome
    const ack = { type: 'ack', key: intent.key, target, expires, ...(duplicate ? { duplicate } : {}) }
    this.room.tell(this.#cursor, frameOf(JSON.stringify(ack)))
    this.#connection.checkUnsent()
  }

  turnedUp(key: Key): void {
    this.#hold.answered(key, this.#gateway.clock())
  }

  refuse(intent: Intent, code: ErrorCode): void {
    this.#release(intent)
    intent.state = 'refused'
    if (intent.frame.type === 'typing') return
    // Also of a socket that has ended: what came in behind it is still on its way, and must not overtake it.
    const isBehind = intent.frame.type === 'send' && mayRetry(code) && this.#hold.refused(intent.key)
    if (this.#cursor === undefined) return
    // What has been handed to the bus may be in the log: that must not be said of it.
    const mayBeInLog = code === 'bus_unavailable' && intent.record !== undefined
    if (isBehind && !mayBeInLog) return this.#connection.sendError('held', this.#contextOf(intent))
    this.#connection.sendError(code, { ...this.#contextOf(intent), retryAfter: retryAfterOf(code) })
  }

  /** Whether nothing of this member's is on its way to the log, and nothing in the log on its way to this socket. */
  get isServed(): boolean {
    return this.#inFlight === 0 && (this.#cursor === undefined || this.room.isServed(this.#cursor))
  }

  /** Everything handed to the socket has left. */
  drained(): void {
    if (this.#cursor !== undefined) this.room.drained(this.#cursor)
    else this.#lastCursor?.drained()
  }

  /** What was transient has passed this reader by: who is here, as it stands. */
  lagged(): void {
    const { members, count } = this.#gateway.presence.of(this.room.key)
    const isListed = count <= LIMITS.membersListed
    this.#connection.send({ type: 'presence', ...(isListed ? { members } : {}), count })
    if (this.#toldEpoch === this.room.epoch) return
    // In a new epoch the old ticket is worth little, and the time may be another one.
    this.#toldEpoch = this.room.epoch
    this.#read = 0
    this.#pong()
  }

  /** The socket has ended. `atOnce`: by the member's own wish. */
  end(atOnce: boolean): void {
    if (this.#cursor === undefined) return
    this.room.leave(this.#cursor)
    this.#lastCursor = this.#cursor
    this.#cursor = undefined
    this.#gateway.ingress.expect(this, this.#hold.by, undefined)
    this.#gateway.presence.leave(this.room.key, this.member, atOnce)
  }

  #send(frame: ClientFrameOf<'send'>, bytes: number): void {
    if (this.#hold.mustWait(frame.key, this.#gateway.clock()))
      return this.#connection.sendError('held', { key: frame.key, re: frame.re })
    const refusal = this.#limits.message(this.#speaker, bytes, true)
    if (refusal !== undefined) {
      this.#hold.refusedAtDoor(frame.key)
      return this.#connection.sendError(refusal.code, { key: frame.key, re: frame.re, ...refusal })
    }
    this.#submit(frame, frame.key, bytes)
  }

  /** Whether a limit is in the way of anything but a message. */
  #refusalOf(frame: ClientFrame, bytes: number): Refusal | undefined {
    if (frame.type === 'ping' || frame.type === 'skip') return this.#limits.signal(bytes)
    // What comes too soon is told with its own code; what says nothing new is only read.
    if (frame.type === 'typing' && !this.#isTypingNews(frame)) return frame.on ? undefined : this.#limits.signal(bytes)
    return this.#limits.message(this.#speaker, bytes, frame.type === 'react' && frame.on)
  }

  #submit(frame: IntentFrame, key: Key, bytes: number): void {
    this.#inFlight++
    this.#inFlightBytes += bytes
    if (this.#isOverQuota()) this.#connection.intake.pause('quota')
    this.#gateway.ingress.submit({
      sender: this,
      frame,
      key,
      hold: this.hold,
      bytes,
      since: this.#gateway.clock(),
      state: 'open',
      record: undefined,
    })
  }

  #release(intent: Intent): void {
    if (intent.state !== 'open') return
    this.#inFlight--
    this.#inFlightBytes -= intent.bytes
    if (!this.#isOverQuota()) this.#connection.intake.resume('quota')
  }

  #isOverQuota(): boolean {
    return this.#inFlight > LIMITS.inFlightFrames || this.#inFlightBytes > LIMITS.inFlightBytes
  }

  #type(frame: ClientFrameOf<'typing'>, bytes: number): void {
    const now = this.#gateway.clock()
    if (!this.#isTypingNews(frame)) {
      if (!frame.on) return
      this.#limits.typedTooSoon()
      const retryAfter = Math.ceil(this.#typingSince + LIMITS.typingMs - now)
      return this.#connection.sendError('rate_limited', { re: frame.re, retryAfter })
    }
    if (frame.on) this.#typingSince = now
    this.#typing = frame.on
    this.#submit(frame, this.#newKey(), bytes)
  }

  /** Typing is said once in three seconds, and its end once. */
  #isTypingNews({ on }: ClientFrameOf<'typing'>): boolean {
    return on ? this.#typingSince + LIMITS.typingMs <= this.#gateway.clock() : this.#typing
  }

  #rename({ name, re }: ClientFrameOf<'rename'>): void {
    if (this.#pass?.name !== undefined) return this.#connection.sendError('not_allowed', { re })
    if (this.#rights.standing.muted === true) return this.#connection.sendError('muted', { re })
    const cleaned = cleanName(name)
    if (cleaned === undefined) return this.#connection.sendError('bad_name', { re })
    this.#gateway.presence.rename(this.room.key, this.member, cleaned)
  }

  /** What is said behind it waits, and is said in the role that the token gives. */
  #authenticate({ token, re }: ClientFrameOf<'auth'>): void {
    const pass = this.#pass
    if (pass === undefined) return this.#connection.sendError('not_supported', { re })
    this.#connection.intake.pause('authenticating')
    void pass
      .renew(token)
      .catch((): ErrorCode => 'internal')
      .then((code) => {
        this.#connection.intake.resume('authenticating')
        if (this.#cursor === undefined) return
        if (code !== undefined) return this.#connection.sendError(code, { re, retryAfter: retryAfterOf(code) })
        const { presence } = this.#gateway
        if (pass.name !== undefined) presence.rename(this.room.key, this.member, pass.name)
        this.showStanding()
      })
  }

  #load(before: Offset): void {
    if (this.#cursor === undefined) return
    const page = this.room.older(this.#cursor, before, { cursor: undefined, joined: this.joined })
    if (page.frames.length > 0) this.#connection.sink.write(page.frames)
    this.#connection.send({ type: 'loaded', before: page.before, more: page.more })
  }

  #pong(): void {
    // Behind the gap that is on its way comes one unasked.
    if (this.#cursor === undefined || this.#toldEpoch !== this.room.epoch) return
    const offset = this.room.writtenTo(this.#cursor)
    if (this.room.hasAll(this.#cursor)) this.#read = this.room.readUpTo
    const ticket = this.#ticket.renew()
    this.#connection.send({
      type: 'pong',
      now: this.room.now,
      cursor: { epoch: this.room.epoch, offset },
      read: this.#read,
      ...(ticket === undefined ? {} : { ticket }),
    })
  }

  #newKey(): Key {
    return this.#gateway.random(12).toString('base64url') as Key
  }

  #contextOf(intent: Intent): { key?: Key; re: string | undefined } {
    const { re } = intent.frame
    return intent.frame.type === 'send' ? { key: intent.key, re } : { re }
  }
}
