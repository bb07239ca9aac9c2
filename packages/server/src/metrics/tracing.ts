import type { ErrorCode } from '@whisperrooms/protocol'
import type { Intent } from '../ingress/intent.ts'
import type { ReplayWatch } from '../rooms/replay-watch.ts'

/**
 * Is told when something begins and how it ends, each by itself, while `Meters` only count. Whoever listens is told no text, no name, no
 * room, no member and no address.
 */
export interface Tracing {
  /** Somebody wants something said. */
  submitted(intent: Intent): void
  /** What became of it, `undefined`: it is in the log. The first answer counts. */
  answered(intent: Intent, code: ErrorCode | undefined): void
  /** Somebody wants in. */
  joining(): JoinTrace
  /** @returns to be called when the shard has been taken up, or let go before. */
  takingUp(shard: number): (isDone: boolean) => void
  /** @returns to be called when everybody has been sent away. */
  draining(connections: number): () => void
  /** Resolves when what was told has been passed on, or after two seconds. Never rejects. */
  flush(): Promise<void>
}

/** One `join`, until live begins. How it ended first counts. */
export interface JoinTrace extends ReplayWatch {
  refused(code: ErrorCode): void
  /** The socket ended before. */
  left(): void
}

/** Where every copy of the OpenTelemetry API keeps what an SDK has registered. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1')

/** @returns `undefined` when nobody has registered a tracer provider: then nothing of the API is loaded. */
export async function loadTracing(): Promise<Tracing | undefined> {
  const registered: unknown = Reflect.get(globalThis, REGISTERED)
  if (typeof registered !== 'object' || registered === null || !('trace' in registered)) return undefined
  const { openTelemetry } = await import('./open-telemetry.ts')
  return openTelemetry()
}
