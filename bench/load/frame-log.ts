import { OPCODE } from './client-frame.ts'
import { FrameReader } from './frame-reader.ts'

export interface Arrived {
  readonly type: string
  /** A frame's own offset, or its cursor's (`gap`, `live`); `NaN` when it has none. */
  readonly offset: number
  /** Bus time, milliseconds; `NaN` when the frame does not expire. */
  readonly expires: number
  /** When it arrived, in bus time, milliseconds. */
  readonly at: number
}

/** Every frame of the gateway that one member receives, from the first on. */
export class FrameLog {
  readonly frames: Arrived[] = []
  /** Bus time less this process's clock, as `welcome` tells it. */
  #busAheadMs = Number.NaN
  readonly #reader = new FrameReader((opcode, payload) => {
    if (opcode !== OPCODE.text) return
    const frame: unknown = JSON.parse(payload.toString())
    const type = fieldOf(frame, 'type')
    if (type === 'welcome') this.#busAheadMs = numberOf(frame, 'now') - performance.now()
    this.frames.push({
      type: typeof type === 'string' ? type : '',
      offset: numberOf(fieldOf(frame, 'cursor') ?? frame, 'offset'),
      expires: numberOf(frame, 'expires'),
      at: performance.now() + this.#busAheadMs,
    })
  })

  push(chunk: Buffer): void {
    this.#reader.push(chunk)
  }
}

const fieldOf = (frame: unknown, field: string): unknown =>
  typeof frame === 'object' && frame !== null ? Reflect.get(frame, field) : undefined

function numberOf(frame: unknown, field: string): number {
  const value = fieldOf(frame, field)
  return typeof value === 'number' ? value : Number.NaN
}
