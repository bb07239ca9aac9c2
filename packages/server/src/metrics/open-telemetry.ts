import { setTimeout as delay } from 'node:timers/promises'
import { type Attributes, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import type { ErrorCode } from '@whisperrooms/protocol'
import type { Intent } from '../ingress/intent.ts'
import type { JoinTrace, Tracing } from './tracing.ts'

/** How long what has ended may take to be passed on, in milliseconds. */
const FLUSH_MS = 2_000

/** Refusals that the server is to blame for, and nobody who uses it. */
const FAILURES: ReadonlySet<ErrorCode> = new Set(['bus_unavailable', 'internal', 'stage_failed'])

/** Spans of the tracer provider that an SDK has registered. Each is the root of its own trace; which are kept the SDK's sampler decides. */
export function openTelemetry(): Tracing {
  const provider = trace.getTracerProvider()
  const tracer = provider.getTracer('whisperrooms')
  const messages = new WeakMap<Intent, Span>()
  return {
    submitted(intent) {
      if (intent.frame.type !== 'send') return
      const span = begin(tracer, 'message', { 'whisperrooms.bytes': intent.bytes })
      if (span.isRecording()) messages.set(intent, span)
    },
    answered(intent, code) {
      const span = messages.get(intent)
      if (span === undefined) return
      messages.delete(intent)
      end(span, code)
    },
    joining: () => joinTrace(begin(tracer, 'join')),
    takingUp(shard) {
      const span = begin(tracer, 'take_up', { 'whisperrooms.shard': shard })
      return once((isDone: boolean) => end(span, isDone ? undefined : 'let_go'))
    },
    draining(connections) {
      const span = begin(tracer, 'drain', { 'whisperrooms.connections': connections })
      return () => end(span, undefined)
    },
    async flush() {
      // What cannot be passed on the SDK says itself.
      await Promise.race([forceFlush(provider), delay(FLUSH_MS, undefined, { ref: false })]).catch(() => undefined)
    },
  }
}

function joinTrace(span: Span): JoinTrace {
  let frames = 0
  const over = once((outcome: ErrorCode | 'left' | undefined, recovered?: boolean) => {
    if (recovered !== undefined)
      span.setAttributes({ 'whisperrooms.recovered': recovered, 'whisperrooms.replayed': frames })
    end(span, outcome)
  })
  return {
    replayed(count) {
      frames += count
    },
    live: (recovered) => over(undefined, recovered),
    refused: (code) => over(code),
    left: () => over('left'),
  }
}

function begin(tracer: Tracer, what: string, attributes: Attributes = {}): Span {
  return tracer.startSpan(`whisperrooms.${what}`, { root: true, attributes })
}

/** @param outcome `undefined`: it went well. */
function end(span: Span, outcome: ErrorCode | 'left' | 'let_go' | undefined): void {
  span.setAttribute('whisperrooms.outcome', outcome ?? 'ok')
  if (outcome !== undefined && (FAILURES as ReadonlySet<string>).has(outcome))
    span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

function once<T extends unknown[]>(task: (...args: T) => void): (...args: T) => void {
  let isDone = false
  return (...args) => {
    if (isDone) return
    isDone = true
    task(...args)
  }
}

/** The API has no word for it, SDKs do: of the provider that was registered, behind the API's own. */
async function forceFlush(registered: object): Promise<void> {
  const provider = has(registered, 'getDelegate') ? registered.getDelegate() : registered
  if (typeof provider === 'object' && provider !== null && has(provider, 'forceFlush')) await provider.forceFlush()
}

function has<Name extends string>(it: object, name: Name): it is Record<Name, () => unknown> {
  return name in it && typeof Reflect.get(it, name) === 'function'
}
