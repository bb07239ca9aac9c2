import { type Duplex, Transform } from 'node:stream'
import type { Scheduler } from '../clock.ts'
import type { StageFactory, StageMessage } from '../plugin.ts'
import type { StageRefusal } from './said.ts'

/** What came of a message: an object of the plugin's, unjudged, or why there is none. */
export type Handed =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: StageRefusal; readonly error?: unknown }

interface Job {
  readonly answer: (handed: Handed) => void
  value: unknown
  hasValue: boolean
  isTaken: boolean
}

/** A factory made something that cannot be a stage. */
export class NotAStageError extends Error {
  override readonly name = 'NotAStageError'
}

/** @throws NotAStageError when the factory makes something else than a Duplex in object mode, and whatever it throws. */
export function makeStream(make: StageFactory): Duplex {
  const stream: unknown = make()
  if (!isDuplex(stream)) throw new NotAStageError('its default export does not return a Transform')
  if (stream.readableObjectMode && stream.writableObjectMode) return stream
  throw new NotAStageError('the Transform it returns is not in object mode')
}

function isDuplex(value: unknown): value is Duplex {
  const has = (name: string): boolean => typeof Reflect.get(value as object, name) === 'function'
  return typeof value === 'object' && value !== null && ['write', 'on', 'read', 'destroy'].every(has)
}

/** A place in which a Transform of one plugin works, one message at a time. Whenever it breaks its word, another one takes its place. */
export class PluginStream {
  readonly #make: StageFactory
  readonly #soon: Scheduler['soon']
  #stream: Duplex | undefined
  #job: Job | undefined

  /** @param first the Transform to begin with; without it, one is made when it is needed. */
  constructor(make: StageFactory, first: Duplex | undefined, soon: Scheduler['soon']) {
    this.#make = make
    this.#soon = soon
    if (first !== undefined) this.#use(first)
  }

  /** Gives it a message. @param answer called once, possibly before this returns. */
  run(message: StageMessage, answer: (handed: Handed) => void): void {
    const job: Job = { answer, value: undefined, hasValue: false, isTaken: false }
    this.#job = job
    if (this.#stream?.writable === false) this.#discard()
    try {
      const stream = this.#stream ?? this.#use(makeStream(this.#make))
      stream.write(message, (error) => {
        if (this.#job !== job) return
        if (error) return this.fail('threw', error)
        job.isTaken = true
        this.#check(job, stream)
      })
    } catch (error) {
      if (this.#job === job) this.fail('threw', error)
      else this.#discard()
    }
  }

  /** Gives up: what it may still hand on counts for nothing. */
  fail(reason: StageRefusal, error?: unknown): void {
    const job = this.#job
    this.#job = undefined
    this.#discard()
    job?.answer({ ok: false, reason, error })
  }

  #use(stream: Duplex): Duplex {
    this.#stream = stream
    const whileInUse = (then: () => void) => () => {
      if (this.#stream === stream) then()
    }
    if (stream instanceof Transform) catchRejections(stream)
    stream.on('data', (value: unknown) => whileInUse(() => this.#take(value, stream))())
    stream.on('error', (error) => whileInUse(() => this.fail('threw', error))())
    stream.on(
      'end',
      whileInUse(() => this.fail('ended')),
    )
    stream.on(
      'close',
      whileInUse(() => this.fail('ended')),
    )
    return stream
  }

  #take(value: unknown, stream: Duplex): void {
    const job = this.#job
    if (job === undefined || job.hasValue) return this.fail('nonsense')
    job.value = value
    job.hasValue = true
    this.#check(job, stream)
  }

  #check(job: Job, stream: Duplex): void {
    if (!job.isTaken) return
    if (job.hasValue) this.#soon(() => this.#settle(job))
    else if (stream instanceof Transform && stream.readableLength === 0) this.fail('swallowed')
  }

  /** A turn later: a second object that comes at once is not taken for the next message's. */
  #settle(job: Job): void {
    if (this.#job !== job) return
    this.#job = undefined
    job.answer({ ok: true, value: job.value })
  }

  #discard(): void {
    const stream = this.#stream
    this.#stream = undefined
    stream?.destroy()
  }
}

/** A `transform` that is an async function rejects where nobody looks, which would end the process. */
function catchRejections(stream: Transform): void {
  const transform = stream._transform
  stream._transform = (chunk, encoding, done) => {
    const result: unknown = transform.call(stream, chunk, encoding, done)
    if (result instanceof Promise) result.catch((error: unknown) => stream.destroy(asError(error)))
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new TypeError('rejected with something else than an error')
}
