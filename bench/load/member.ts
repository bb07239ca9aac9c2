import { MARK } from './chat-text.ts'
import { clientFrame, OPCODE, textFrame } from './client-frame.ts'
import type { Dialect } from './dialect.ts'
import { FrameCounter } from './frame-counter.ts'
import { MarkScan } from './mark-scan.ts'
import { openRawWebSocket, type RawWebSocket } from './raw-web-socket.ts'

export interface JoinOptions {
  readonly dialect: Dialect
  readonly port: number
  readonly room: string
  readonly name: string
  /** The room's, when this join makes it. */
  readonly ttlSeconds: number
  /** Whom a proxy would say that it comes from. */
  readonly address?: string | undefined
  /** Given every chunk from the first on; valid only during the call. */
  readonly onChunk?: (chunk: Buffer) => void
  /** Called once if the connection ends before `leave`, with the close frame's code if there was one. */
  readonly onLost?: (code: number | undefined) => void
}

/** One connection that is in one room and counts what it is sent. */
export class Member {
  /** Errors the server reported, by code. */
  readonly errors = new Map<string, number>()
  readonly #counter = new FrameCounter((opcode, payload) => this.#onOther(opcode, payload))
  readonly #dialect: Dialect
  #socket: RawWebSocket | undefined
  #listeners: ((chunk: Buffer) => void)[] = []
  #left = false
  #closeCode: number | undefined
  #check: MarkScan | undefined
  #checkFrom = 0

  private constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  /** Connects and enters; resolves when live delivery has begun. */
  static async join(options: JoinOptions): Promise<Member> {
    const { dialect } = options
    const member = new Member(dialect)
    const early: Buffer[] = []
    let seen = ''
    const entered = Promise.withResolvers<void>()
    const watchEntry = (chunk: Buffer) => {
      seen += chunk.toString('latin1')
      if (dialect.entered === undefined || seen.includes(dialect.entered)) entered.resolve()
    }
    member.listen(watchEntry)
    if (options.onChunk) member.listen(options.onChunk)
    const events = {
      // The first bytes may come in the same turn as the handshake, before there is a socket to answer on.
      onBytes: (chunk: Buffer) =>
        member.#socket === undefined ? void early.push(Buffer.from(chunk)) : member.#onBytes(chunk),
      onClose: () => {
        entered.reject(new Error(`lost while entering: ${seen.slice(-300)}`))
        if (!member.#left) options.onLost?.(member.#closeCode)
      },
    }
    member.#socket = await openRawWebSocket(options.port, dialect.path(options.room), events, options.address)
    const text = dialect.enter(options.name, options.ttlSeconds)
    if (text !== undefined) member.write(textFrame(text))
    for (const chunk of early) member.#onBytes(chunk)
    if (dialect.entered === undefined) entered.resolve()
    await entered.promise
    member.unlisten(watchEntry)
    return member
  }

  /** Messages delivered so far. */
  get messages(): number {
    return this.#counter.messages
  }

  get localPort(): number {
    return this.#socket?.localPort ?? 0
  }

  write(frames: Buffer): void {
    this.#socket?.write(frames)
  }

  /** Gives `listener` every chunk from now on, before it is counted; valid only during the call. */
  listen(listener: (chunk: Buffer) => void): void {
    this.#listeners = [...this.#listeners, listener]
  }

  unlisten(listener: (chunk: Buffer) => void): void {
    this.#listeners = this.#listeners.filter((other) => other !== listener)
  }

  /** From now on also counts by marks, so that `miscounted` can tell. Call while nothing is under way. */
  checkCount(): void {
    const check = new MarkScan(MARK)
    this.#check = check
    this.#checkFrom = this.messages
    this.listen((chunk) => check.push(chunk))
  }

  /** By how many messages the two ways of counting differ. Meaningful while nothing is under way. */
  get miscounted(): number {
    return this.#check === undefined ? 0 : Math.abs(this.messages - this.#checkFrom - this.#check.seen)
  }

  beat(): void {
    if (this.#dialect.heartbeat !== undefined) this.write(textFrame(this.#dialect.heartbeat))
  }

  pause(): void {
    this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  leave(): void {
    this.#left = true
    this.#socket?.destroy()
  }

  #onBytes(chunk: Buffer): void {
    for (const listener of this.#listeners) listener(chunk)
    this.#counter.push(chunk)
  }

  #onOther(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) this.write(clientFrame(OPCODE.pong, payload))
    else if (opcode === OPCODE.close) this.#closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
    else if (payload.includes('"type":"error"')) this.#noteError(payload.toString())
    else {
      const answer = this.#dialect.answer(payload)
      if (answer !== undefined) this.write(textFrame(answer))
    }
  }

  #noteError(text: string): void {
    const code = /"code":"(\w+)"/.exec(text)?.[1] ?? 'unreadable'
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1)
  }
}
