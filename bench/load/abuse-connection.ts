import { OPCODE, textFrame } from './client-frame.ts'
import { DIALECTS } from './dialect.ts'
import { FrameCounter } from './frame-counter.ts'
import { openRawWebSocket, type RawWebSocket } from './raw-web-socket.ts'

/** What abusers meet, counted: HTTP status of refused upgrades, error codes, close codes. */
export interface Met {
  readonly refusedUpgrades: Record<string, number>
  readonly refusals: Record<string, number>
  readonly closes: Record<string, number>
}

export const count = (counts: Record<string, number>, what: string): void => {
  counts[what] = (counts[what] ?? 0) + 1
}

const TTL_SECONDS = 180

/** One connection of an abuser: reads its answers, and goes at once when it is closed. */
export class AbuseConnection {
  readonly ended: Promise<void>
  readonly #socket: RawWebSocket

  private constructor(socket: RawWebSocket, ended: Promise<void>) {
    this.#socket = socket
    this.ended = ended
  }

  /** Connects and enters; `undefined` when it was not let in. */
  static async open(port: number, room: string, address: string, met: Met): Promise<AbuseConnection | undefined> {
    const ended = Promise.withResolvers<void>()
    const entered = Promise.withResolvers<void>()
    const dialect = DIALECTS.gateway
    let socket: RawWebSocket | undefined
    let closeCode = 'none'
    const counter = new FrameCounter((opcode, payload) => {
      if (opcode === OPCODE.close) {
        closeCode = payload.length < 2 ? '1005' : String(payload.readUInt16BE(0))
        socket?.destroy()
      } else if (opcode === OPCODE.text) onText(payload.toString('latin1'))
    })
    const onText = (text: string): void => {
      if (text.startsWith('{"type":"error"')) count(met.refusals, /"code":"(\w+)"/.exec(text)?.[1] ?? 'unreadable')
      else if (dialect.entered !== undefined && text.includes(dialect.entered)) entered.resolve()
    }
    const onClose = (): void => {
      if (socket !== undefined) count(met.closes, closeCode)
      ended.resolve()
    }
    try {
      const path = dialect.path(room)
      socket = await openRawWebSocket(port, path, { onBytes: (chunk) => counter.push(chunk), onClose }, address)
    } catch (error) {
      count(met.refusedUpgrades, error instanceof Error ? error.message : String(error))
      return undefined
    }
    socket.write(textFrame(dialect.enter('abuser', TTL_SECONDS) ?? ''))
    const isIn = await Promise.race([entered.promise.then(() => true), ended.promise.then(() => false)])
    return isIn ? new AbuseConnection(socket, ended.promise) : undefined
  }

  /** What was written and the gateway has not read, beyond what the kernel holds. */
  get unsentBytes(): number {
    return this.#socket.unsentBytes
  }

  write(frame: Buffer): void {
    this.#socket.write(frame)
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
