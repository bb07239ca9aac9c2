import type { GapFrame, LiveFrame, MessageFrame, PongFrame, ServerFrame, WelcomeFrame } from '@whisperrooms/protocol'
import { readFrame } from '../raw-client.ts'
import type { Claim, Resume } from './claim.ts'
import type { FaultKind, Page } from './fault.ts'
import type { Fate, Place } from './room-book.ts'
import { type OnScreen, Screen } from './screen.ts'
import { SocketClock } from './socket-clock.ts'

/** How far a socket has come. */
type Phase =
  | { readonly at: 'door' }
  | { readonly at: 'replay'; readonly welcome: WelcomeFrame; reached: number }
  | { readonly at: 'live' }

/** What one member wrote, was told, and had on the screen, over as many sockets as it took. */
export class Account {
  readonly name: string
  readonly screen: Screen
  readonly claims: Claim[] = []
  readonly resumes: Resume[] = []
  readonly gaps: GapFrame[] = []
  /** What the author was told to be in the log, by frames and by the client. */
  readonly acks: (Place & { readonly text: string })[] = []
  /** How often the connection was lost. */
  losses = 0
  /** When its heartbeat was answered last, on the ledger's clock. */
  pongMs = Number.NEGATIVE_INFINITY
  /** Where its latest socket goes. */
  gateway = ''
  #position: Place | undefined
  #isLeft = false
  readonly #page: Page
  /** What was sent under which key. */
  readonly #texts = new Map<string, string>()
  readonly #clock: SocketClock
  #phase: Phase = { at: 'door' }
  #lostMs = 0
  #liveSinceMs = 0
  #ttlMs = 0

  constructor(name: string, page: Page) {
    this.name = name
    this.#page = page
    this.#clock = new SocketClock(name, page)
    this.screen = new Screen(name, page, () => this.#clock.bus)
  }

  get room(): string {
    return this.#page.room.name
  }

  /** Up to where the member was told to have had everything. */
  get position(): Place | undefined {
    return this.#position
  }

  get isLive(): boolean {
    return this.#phase.at === 'live'
  }

  /** For how long it has been live, in milliseconds. */
  get liveMs(): number {
    return this.isLive ? this.#page.clock() - this.#liveSinceMs : 0
  }

  /** Nobody owes it anything any more. */
  get isLeft(): boolean {
    return this.#isLeft
  }

  /** Bus time now as well as it is known, in milliseconds. */
  busNow(): number {
    return this.#clock.bus.estimate(this.#page.clock())
  }

  wrote(text: string): void {
    this.#page.room.write(text, this, this.#page.clock())
    this.#note('writes it', text)
  }

  /** The client told its user that the message is in the log. */
  confirmed(text: string, offset: number): void {
    this.#settle(text, 'confirmed', `tells its author that it is at ${offset}`)
    this.acks.push({ text, epoch: this.#position?.epoch ?? '', offset })
  }

  /** The client gave the message back: not sent, and never will be. */
  returned(text: string, code: string): void {
    this.#settle(text, 'returned', `gives it back: ${code}`)
  }

  /** The client told its user that nobody can say whether it was sent. */
  doubted(text: string, code: string): void {
    this.#settle(text, 'doubtful', `cannot say what became of it: ${code}`)
  }

  /** Takes in everything on the screen, as it is now, in its order. */
  showed(messages: readonly OnScreen[]): void {
    if (!this.#isLeft) this.screen.update(messages)
  }

  /** A socket is opened to a gateway. */
  opened(gateway: string): void {
    this.#note(`connects to ${gateway}`)
    this.gateway = gateway
    this.#phase = { at: 'door' }
    this.#clock.opened()
  }

  closed(code: number): void {
    this.#note(`has lost its connection: ${code}`)
    if (this.#phase.at === 'replay') this.#torn(this.#phase)
    // One that never let it in was none.
    if (this.#phase.at !== 'door') {
      this.losses++
      this.#lostMs = this.#page.clock()
    }
    this.#phase = { at: 'door' }
  }

  left(): void {
    this.#isLeft = true
    this.#note('leaves')
  }

  /** A frame of its own leaves. */
  sent(json: string): void {
    const frame: unknown = JSON.parse(json)
    if (typeof frame !== 'object' || frame === null || !('type' in frame)) return
    if (frame.type === 'join') this.#clock.joins()
    if (frame.type === 'ping') this.#clock.pings()
    if (frame.type !== 'send' || !('key' in frame) || !('text' in frame)) return
    this.#texts.set(String(frame.key), String(frame.text))
    this.#note(`sends it under ${String(frame.key)}`, String(frame.text))
  }

  /** A frame of the gateway has come. */
  received(json: string): void {
    const frame = readFrame(json)
    switch (frame.type) {
      case 'welcome':
        return this.#welcome(frame)
      case 'live':
        return this.#live(frame)
      case 'gap':
        return this.#gap(frame)
      case 'pong':
        return this.#pong(frame)
      case 'message':
        return this.#message(frame)
      case 'ack':
      case 'error':
        return this.#answer(frame)
      default:
        if ('offset' in frame && frame.offset !== undefined) this.#reach(frame.offset, frame.type)
    }
  }

  #note(what: string, text?: string): void {
    this.#page.note(this.name, what, text)
  }

  #fault(kind: FaultKind, text: string | undefined, what: string): void {
    this.#page.fault(kind, this.name, text, what)
  }

  #settle(text: string, fate: Fate, what: string): void {
    this.#note(what, text)
    this.#page.room.settle(text, fate)
  }

  #welcome(frame: WelcomeFrame): void {
    this.#clock.welcomed(frame.now)
    this.#page.room.hear(frame.cursor.epoch)
    this.#ttlMs = frame.room.ttl * 1_000
    this.#phase = { at: 'replay', welcome: frame, reached: frame.cursor.offset }
    this.#note(`is welcomed, from ${frame.cursor.epoch} ${frame.cursor.offset}`)
  }

  #live(frame: LiveFrame): void {
    if (this.#phase.at !== 'replay') return
    const { welcome } = this.#phase
    const { recovered, missed, cursor, more } = frame
    this.#phase = { at: 'live' }
    this.#liveSinceMs = this.#page.clock()
    const what = `is live at ${cursor.offset}, recovered: ${recovered}, missed: ${missed}`
    this.#note(what)
    const before = this.#position
    const continues = before?.epoch === cursor.epoch
    if (before !== undefined && !continues) this.#leaveEpoch(before, recovered ? 0 : null, what)
    const from = continues ? before.offset : welcome.cursor.offset
    const seesAll = recovered || welcome.room.history === 'live'
    const window = { from: recovered ? from : more ? welcome.cursor.offset : -1, untilMs: this.#latestNow(), recovered }
    this.#claim({ epoch: cursor.epoch, from, to: cursor.offset, missed, alive: seesAll ? window : undefined, what })
    this.#position = cursor
    if (before !== undefined) this.#resumed(frame, continues)
  }

  #resumed({ recovered, missed }: LiveFrame, continues: boolean): void {
    const awayMs = this.#page.clock() - this.#lostMs
    this.resumes.push({ who: this.name, awayMs, recovered, missed })
    if (continues && awayMs < this.#ttlMs && !recovered)
      this.#fault('not recovered', undefined, `was away for ${Math.round(awayMs)} ms`)
  }

  /** The connection broke in the middle of a replay: what had come, had come, and nobody told what had vanished. */
  #torn({ welcome, reached }: Extract<Phase, { at: 'replay' }>): void {
    const { epoch, offset } = welcome.cursor
    if (this.#position?.epoch !== epoch || offset > this.#position.offset) return
    const from = this.#position.offset
    const alive = { from, untilMs: this.#latestNow(), recovered: false }
    const what = `was replayed up to ${reached}, then lost its connection`
    if (reached > from) this.#claim({ epoch, from, to: reached, missed: null, alive, what })
    this.#position = { epoch, offset: Math.max(from, reached) }
  }

  #gap(frame: GapFrame): void {
    const { cursor, missed } = frame
    const what = `is told of a gap up to ${cursor.epoch} ${cursor.offset}, missed: ${missed}`
    this.#note(what)
    this.gaps.push(frame)
    this.#page.room.hear(cursor.epoch)
    const before = this.#position
    if (before?.epoch === cursor.epoch)
      this.#claim({ epoch: cursor.epoch, from: before.offset, to: cursor.offset, missed, alive: undefined, what })
    else {
      if (before !== undefined) this.#leaveEpoch(before, missed, what)
      if (this.#phase.at === 'replay')
        this.#phase = { at: 'replay', welcome: { ...this.#phase.welcome, cursor }, reached: cursor.offset }
      this.#clock.newEpoch()
    }
    this.#position = cursor
  }

  #leaveEpoch({ epoch, offset }: Place, missed: number | null, what: string): void {
    this.#claim({ epoch, from: offset, to: Number.POSITIVE_INFINITY, missed, alive: undefined, what })
  }

  #pong(frame: PongFrame): void {
    this.#clock.ponged(frame.now)
    this.pongMs = this.#page.clock()
    if (frame.cursor.epoch === this.#position?.epoch) this.#reach(frame.cursor.offset, 'pong')
  }

  #message({ text, offset, expires }: MessageFrame): void {
    const epoch = this.#phase.at === 'replay' ? this.#phase.welcome.cursor.epoch : this.#position?.epoch
    if (epoch === undefined) return
    this.#note(`receives it at ${epoch} ${offset}`, text)
    const known = this.#page.room.log(epoch, { text, offset, expires })
    if (known !== undefined && known.offset !== offset)
      this.#fault('duplicate', text, `received it at ${offset}, where it was at ${known.offset} before`)
    else if (known !== undefined && known.expires !== expires)
      this.#fault('conflicting', text, `was told a deadline ${expires - known.expires} ms after that of others`)
    this.#clock.served(text, offset, expires)
    this.screen.expect(text, expires)
    this.#reach(offset, 'message')
  }

  #answer(frame: Extract<ServerFrame, { type: 'ack' | 'error' }>): void {
    const text = frame.key === undefined ? undefined : this.#texts.get(frame.key)
    if (frame.type === 'error') return this.#note(`is refused: ${frame.code}`, text)
    if (text === undefined) return
    this.#note(`has it acknowledged at ${frame.target}`, text)
    this.acks.push({ text, epoch: this.#position?.epoch ?? '', offset: frame.target })
  }

  /** The cursor has moved: what lies between has come, or a loss was told before this. */
  #reach(offset: number, by: string): void {
    if (this.#phase.at === 'replay') this.#phase.reached = Math.max(this.#phase.reached, offset)
    if (this.#phase.at !== 'live' || this.#position === undefined || offset <= this.#position.offset) return
    const { epoch, offset: from } = this.#position
    const what = `went from ${from} to ${offset} by ${by}`
    this.#claim({ epoch, from, to: offset, missed: 0, alive: undefined, what })
    this.#position = { epoch, offset }
  }

  #claim(claim: Claim): void {
    if (claim.to > Math.min(claim.from, claim.alive?.from ?? claim.from)) this.claims.push(claim)
  }

  #latestNow(): number {
    return this.#clock.bus.latest(this.#page.clock())
  }
}
