import { comesBack, type MessageFrame, type ServerFrame, type WelcomeFrame } from '@whisperrooms/protocol'
import { joinFrame, newSecret } from './member.ts'
import { readFrame } from './raw-client.ts'
import { RawOutbox } from './raw-outbox.ts'
import type { Talker, TalkerOptions } from './talker.ts'
import { openTapped, type TappedSocket } from './tapped-socket.ts'

/** How often it asks where the log stands, in milliseconds. */
const PING_MS = 1_000
/** From a lost connection to the next attempt, in milliseconds. */
const COME_BACK_MS = { least: 100, most: 600 }

interface Shown {
  readonly id: string
  readonly text: string
  readonly epoch: string
  readonly offset: number
  readonly expires: number
  /** When it leaves the screen, on this process's monotonic clock. */
  readonly deadlineMs: number
}

/**
 * A member whose client is the protocol and nothing more. It trusts its gateway: whatever comes behind the cursor is new, in order
 * and alive, so that a gateway that errs shows on its screen.
 */
export class RawTalker implements Talker {
  readonly account: TalkerOptions['account']
  readonly #options: TalkerOptions
  readonly #outbox: RawOutbox
  readonly #session = newSecret()
  /** In which epoch a member's key was seen last. */
  readonly #known = new Map<string, string>()
  #you: string | undefined
  #socket: TappedSocket | undefined
  #ticket: string | undefined
  #cursor: WelcomeFrame['cursor'] | undefined
  #isReturning = false
  #screen: Shown[] = []
  #painting: NodeJS.Immediate | undefined
  #timers = { ping: setTimeout(() => {}), comeBack: setTimeout(() => {}), purge: setTimeout(() => {}) }

  constructor(options: TalkerOptions) {
    this.account = options.account
    this.#options = options
    this.#outbox = new RawOutbox(options.account, (frame) => this.#socket?.send(JSON.stringify(frame)))
    this.#connect()
  }

  say(text: string): void {
    this.account.wrote(text)
    this.#outbox.add(text)
  }

  drop(): void {
    this.#socket?.drop()
  }

  isTold(code: string): boolean {
    return this.#outbox.isTold(code)
  }

  leave(): void {
    this.account.left()
    this.#outbox.end()
    for (const timer of Object.values(this.#timers)) clearTimeout(timer)
    clearImmediate(this.#painting)
    if (this.#socket !== undefined) this.#socket.onclose = null
    this.#socket?.close(1000)
  }

  #connect(): void {
    const { nextUrl, room, ttlSeconds, account } = this.#options
    const socket = openTapped(nextUrl(), room, account)
    this.#socket = socket
    this.#isReturning = this.#cursor !== undefined
    // Whoever has been in the room does not make it: when it is gone, that must show.
    const place = this.#isReturning ? { ticket: this.#ticket, cursor: this.#cursor } : { create: { ttl: ttlSeconds } }
    const join = joinFrame({ name: account.name, session: this.#session, ...place })
    socket.onopen = () => socket.send(JSON.stringify(join))
    socket.onmessage = ({ data }) => this.#take(readFrame(String(data)))
    socket.onclose = ({ code }) => this.#lost(code)
  }

  #lost(code: number): void {
    clearTimeout(this.#timers.ping)
    this.#outbox.lost()
    const { least, most } = COME_BACK_MS
    if (comesBack(code))
      this.#timers.comeBack = setTimeout(() => this.#connect(), least + this.#options.unit() * (most - least))
  }

  #take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        this.#you = frame.you.id
        this.#ticket = frame.ticket
        return this.#moveTo(frame.cursor)
      case 'live':
        this.#moveTo(frame.cursor)
        if (this.#isReturning && frame.missed !== 0) this.#outbox.missed()
        this.#ping()
        return this.#outbox.live()
      case 'message':
        return this.#message(frame)
      case 'ack':
        return this.#outbox.arrived(frame.key, frame.target)
      case 'error':
        if (frame.key !== undefined) this.#outbox.refused(frame.key, frame.code, frame.retryAfter)
        return
      case 'gap':
        this.#outbox.missed()
        return this.#moveTo(frame.cursor)
      case 'pong':
        this.#ticket = frame.ticket ?? this.#ticket
        this.#moveTo(frame.cursor)
        return this.#outbox.read(frame.read)
      default:
        if ('offset' in frame && frame.offset !== undefined) this.#advance(frame.offset)
    }
  }

  #ping(): void {
    this.#socket?.send(JSON.stringify({ type: 'ping' }))
    this.#timers.ping = setTimeout(() => this.#ping(), PING_MS)
  }

  /** Goes forwards, or into another epoch. */
  #moveTo(cursor: WelcomeFrame['cursor']): void {
    const isNew = this.#cursor?.epoch !== cursor.epoch
    if (isNew && this.#cursor !== undefined) this.#outbox.newEpoch()
    if (isNew) this.#cursor = cursor
    else this.#advance(cursor.offset)
  }

  #advance(offset: WelcomeFrame['cursor']['offset']): void {
    if (this.#cursor !== undefined && offset > this.#cursor.offset) this.#cursor = { ...this.#cursor, offset }
  }

  #message({ key, text, from, offset, expires }: MessageFrame): void {
    if (this.#cursor === undefined) return
    if (from.id === this.#you) this.#outbox.arrived(key, offset)
    // In a window that came instead of a replay there is what was here before.
    if (offset <= this.#cursor.offset) return
    const { epoch } = this.#cursor
    const id = `${from.id} ${key}`
    const before = this.#known.get(id)
    this.#known.set(id, epoch)
    this.#advance(offset)
    const isMoved = before !== undefined && before !== epoch
    if (isMoved && !this.#screen.some((shown) => shown.id === id)) return
    if (isMoved) this.#screen = this.#screen.filter((shown) => shown.id !== id)
    const deadlineMs = performance.now() + expires - this.account.busNow()
    this.#screen.push({ id, text, epoch, offset, expires, deadlineMs })
    this.#paintSoon()
  }

  /** At the end of this turn, however much has come in it. */
  #paintSoon(): void {
    this.#painting ??= setImmediate(() => {
      this.#painting = undefined
      this.#paint()
    })
  }

  #paint(): void {
    const now = performance.now()
    this.#screen = this.#screen.filter(({ deadlineMs }) => deadlineMs > now)
    this.account.showed([...this.#screen])
    clearTimeout(this.#timers.purge)
    if (this.#screen.length === 0) return
    const soonestMs = this.#screen.reduce(
      (least, { deadlineMs }) => Math.min(least, deadlineMs),
      Number.POSITIVE_INFINITY,
    )
    this.#timers.purge = setTimeout(() => this.#paint(), soonestMs - now)
  }
}
