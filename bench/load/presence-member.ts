import { textFrame } from './client-frame.ts'
import { DIALECTS } from './dialect.ts'
import { FrameReader } from './frame-reader.ts'
import { openRawWebSocket, type RawWebSocket } from './raw-web-socket.ts'

const DIALECT = DIALECTS.gateway
const TTL_SECONDS = 120
const WELCOME = Buffer.from('{"type":"welcome"')
const PRESENCE = Buffer.from('{"type":"presence"')
const ERROR = Buffer.from('{"type":"error"')
const COUNT = /"count":(\d+)[,}]/g
const LEAVE = textFrame('{"type":"leave"}')
const PING = textFrame('{"type":"ping"}')

/** Somebody who follows how many are here, as a client is told. */
export class PresenceMember {
  /** Presence frames so far. */
  frames = 0
  /** Bytes of them. */
  bytes = 0
  /** How many are here, as far as is known, and since when that is known. */
  count = 0
  countSinceMs = 0
  readonly errors: string[] = []
  isOver = false
  #socket: RawWebSocket | undefined
  #entered: (() => void) | undefined

  /** Connects and enters; resolves when it is welcomed. */
  async join(port: number, room: string, name: string): Promise<void> {
    const entered = Promise.withResolvers<void>()
    this.#entered = entered.resolve
    const reader = new FrameReader((_, payload) => this.#take(payload))
    this.#socket = await openRawWebSocket(port, DIALECT.path(room), {
      onBytes: (chunk) => reader.push(Buffer.from(chunk)),
      onClose: () => {
        if (!this.isOver) this.errors.push('lost')
        this.isOver = true
        entered.resolve()
      },
    })
    this.#socket.write(textFrame(DIALECT.enter(name, TTL_SECONDS) ?? ''))
    await entered.promise
  }

  beat(): void {
    if (!this.isOver) this.#socket?.write(PING)
  }

  /** Leaves, as who says so. */
  leave(): void {
    this.isOver = true
    this.#socket?.write(LEAVE)
  }

  /** Is lost without a word. */
  drop(): void {
    this.isOver = true
    this.#socket?.destroy()
  }

  #take(payload: Buffer): void {
    const isWelcome = startsWith(payload, WELCOME)
    if (isWelcome || startsWith(payload, PRESENCE)) {
      const count = Number([...payload.toString('latin1').matchAll(COUNT)].at(-1)?.[1])
      if (count !== this.count) {
        this.count = count
        this.countSinceMs = performance.now()
      }
      if (isWelcome) this.#entered?.()
      else {
        this.frames++
        this.bytes += payload.length
      }
    } else if (startsWith(payload, ERROR))
      this.errors.push(/"code":"(\w+)"/.exec(payload.toString())?.[1] ?? 'unreadable')
  }
}

const startsWith = (payload: Buffer, beginning: Buffer): boolean =>
  payload.subarray(0, beginning.length).equals(beginning)

/** Does something at a rate, as evenly as timers allow; resolves after the last. */
export async function atRate(times: number, perSecond: number, act: (nth: number) => void): Promise<void> {
  const beganMs = performance.now()
  let done = 0
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(times, ((performance.now() - beganMs) / 1_000) * perSecond)
      while (done < due) act(done++)
      if (done < times) return
      clearInterval(timer)
      resolve()
    }, 2)
  })
}

/** Everybody pings every 15 s, a few at a time. @returns a function that ends it. */
export function beating(members: () => readonly PresenceMember[]): () => void {
  const stepMs = 50
  let next = 0
  const timer = setInterval(() => {
    const all = members()
    for (let i = Math.ceil((all.length * stepMs) / 15_000); i > 0; i--) all[next++ % all.length]?.beat()
  }, stepMs)
  return () => clearInterval(timer)
}
