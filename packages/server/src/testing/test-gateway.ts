import type { RoomId } from '@whisperrooms/protocol'
import { type Assembled, assemble } from '../assemble.ts'
import type { Bus } from '../bus/bus.ts'
import { memoryBus } from '../bus/memory/memory-bus.ts'
import type { MakeStage } from '../ingress/optional-stages.ts'
import { type LimitsConfig, NO_LIMITS } from '../limits/limits-config.ts'
import type { LimitReason } from '../limits/refusal.ts'
import type { Meters } from '../metrics/meters.ts'
import type { Tracing } from '../metrics/tracing.ts'
import type { Tokens } from '../people/tokens.ts'
import { Session } from '../socket/session.ts'
import { countingRandom } from './counting-random.ts'
import { FakeSocket, type Received } from './fake-socket.ts'
import { type ManualTime, manualTime } from './manual-time.ts'
import { type Fortune, unreliableBus } from './unreliable-bus.ts'

export interface TestGateway extends Assembled {
  readonly time: ManualTime
  readonly bus: Bus
  /** Opens a socket. */
  connect(room: string, written?: (frame: Received) => void): TestClient
}

export interface TestClient {
  readonly socket: FakeSocket
  readonly session: Session
  /** Sends a frame, or anything else. */
  say(frame: object | string | Buffer, isBinary?: boolean): void
  /** The connection breaks. */
  disconnect(): void
}

export interface TestOptions {
  readonly ttl?: { readonly minSeconds: number; readonly maxSeconds: number; readonly defaultSeconds: number }
  readonly roomBytes?: number
  readonly lingerSeconds?: number
  /** None unless said otherwise. */
  readonly limits?: Partial<LimitsConfig>
  readonly limited?: (reason: LimitReason) => void
  readonly meters?: Meters
  readonly tracing?: Tracing
  readonly fortune?: () => Fortune
  /** Without it nobody needs a token. */
  readonly tokens?: (time: ManualTime) => Tokens
  /** What an operator has put into the ingress pipeline. */
  readonly stages?: (time: ManualTime) => readonly MakeStage[]
  /** A bus that others use as well, with the time they all live in. */
  readonly shared?: { readonly time: ManualTime; readonly bus: Bus }
}

/** How many gateways live in one time: no two make the same keys. */
const opened = new WeakMap<ManualTime, number>()

/** A gateway whole but for sockets, HTTP and time. */
export async function testGateway(options: TestOptions = {}): Promise<TestGateway> {
  const time = options.shared?.time ?? manualTime()
  const nth = (opened.get(time) ?? 0) + 1
  opened.set(time, nth)
  const random = countingRandom(`gateway ${nth} `)
  const { clock, scheduler } = time
  const startMs = Date.UTC(2026, 0, 1)
  const own = () => memoryBus({ clock, scheduler, random, startMs, shards: 1, retentionMs: 0 })
  const reliable = options.shared?.bus ?? own()
  const { fortune } = options
  const bus = fortune === undefined ? reliable : unreliableBus(reliable, clock, scheduler, fortune)
  const assembled = await assemble({
    bus,
    clock,
    scheduler,
    random,
    secret: Buffer.alloc(32, 7),
    config: {
      ttl: options.ttl ?? { minSeconds: 1, maxSeconds: 300, defaultSeconds: 180 },
      roomBytes: options.roomBytes ?? 16 * 1024 * 1024,
      lingerSeconds: options.lingerSeconds ?? 900,
      limits: { ...NO_LIMITS, ...options.limits },
    },
    limited: options.limited ?? (() => undefined),
    ...(options.meters === undefined ? {} : { meters: options.meters }),
    tracing: options.tracing,
    tokens: options.tokens?.(time),
    stages: options.stages?.(time) ?? [],
    failed(error) {
      throw error
    },
  })

  return {
    ...assembled,
    time,
    bus,
    connect(room, written) {
      const socket = new FakeSocket(written)
      const limits = assembled.gateway.limiter.open('192.0.2.1')
      const session = new Session(assembled.gateway, socket, socket, limits, room as RoomId)
      return {
        socket,
        session,
        say(frame, isBinary = false) {
          const data = Buffer.isBuffer(frame)
            ? frame
            : Buffer.from(typeof frame === 'string' ? frame : JSON.stringify(frame))
          socket.bytesRead += data.length
          session.connection.intake.take({ data, isBinary })
        },
        disconnect() {
          session.ended()
          limits.end()
        },
      }
    },
  }
}
