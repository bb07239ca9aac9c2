import type { AppendedRecord, Offset } from '@whisperrooms/protocol'
import type { BusSubscriber } from '../bus.ts'
import type { Follower, StoredMessage } from './driver.ts'
import { type KafkaClock, STEP_MS } from './kafka-clock.ts'
import type { RecordCodec } from './record-codec.ts'

/** A look that found nothing is passed on this often: every partition is looked at whenever something comes in any other. Milliseconds. */
const QUIET_MS = 200

export interface LogFollowerOptions {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly codec: RecordCodec
  readonly subscriber: BusSubscriber
  readonly time: () => KafkaClock
  /** It has read to the end; called again after every look. */
  readonly caughtUp: () => void
  /** Whether times or offsets have lost their meaning, so that nothing more may be taken in. Asks the broker. */
  readonly hasStepped: () => Promise<boolean>
  readonly diverged: () => void
  readonly trouble: (what: string) => void
}

/** Brings a subscriber the records of one partition of the log. */
export class LogFollower implements Follower {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly #options: LogFollowerOptions
  #lastAt = Number.NEGATIVE_INFINITY
  /** When a look was last passed on, on the monotonic clock. */
  #passedOn = Number.NEGATIVE_INFINITY
  #ended = false

  constructor(options: LogFollowerOptions) {
    this.#options = options
    this.topic = options.topic
    this.partition = options.partition
    this.from = options.from
  }

  took(messages: readonly StoredMessage[], _end: number, tailAsOf: number | undefined): Promise<void> | undefined {
    if (!this.#isOutOfTime(messages)) return this.#deliver(messages, tailAsOf)
    return this.#options.hasStepped().then((stepped) => {
      if (stepped) this.#ended = true
      return this.#deliver(messages, tailAsOf)
    })
  }

  overtaken(start: number): void {
    if (this.#ended) return
    this.#options.trouble('records were gone before they were read')
    this.#options.subscriber.missed({ room: undefined, offset: (start - 1) as Offset })
  }

  diverged(): void {
    this.#options.diverged()
  }

  /** Nothing more is taken in. */
  end(): void {
    this.#ended = true
  }

  /** Whether a time lies before an earlier record's, or in the future: then the broker's clock was set. */
  #isOutOfTime(messages: readonly StoredMessage[]): boolean {
    let last = this.#lastAt
    for (const { at } of messages) {
      if (at < last - STEP_MS) return true
      last = Math.max(last, at)
    }
    return messages.length > 0 && last > this.#options.time().now() + STEP_MS
  }

  #deliver(messages: readonly StoredMessage[], tailAsOf: number | undefined): Promise<void> | undefined {
    if (this.#ended) return undefined
    const { codec, subscriber, trouble, time, caughtUp } = this.#options
    const taking: Promise<void>[] = []
    let batch: AppendedRecord[] = []
    const take = (readUpToMs: number) => {
      const busy = subscriber.take(batch, readUpToMs)
      if (busy !== undefined) taking.push(busy)
      batch = []
    }
    for (const { offset, at, key, value } of messages) {
      this.#lastAt = Math.max(this.#lastAt, at)
      const decoded = codec.decode(key, value)
      if (decoded.kind === 'record') {
        batch.push({ record: decoded.record, offset: offset as Offset, at })
        continue
      }
      trouble(decoded.kind === 'foreign' ? 'a foreign record was passed over' : 'a record could not be read')
      if (decoded.kind === 'foreign') continue
      if (batch.length > 0) take(at)
      subscriber.missed({ room: decoded.room, offset: offset as Offset })
    }
    if (tailAsOf !== undefined) {
      if (messages.length > 0 || tailAsOf - this.#passedOn >= QUIET_MS) {
        this.#passedOn = tailAsOf
        take(Math.max(time().surelyAt(tailAsOf), 0))
      }
      caughtUp()
    } else if (batch.length > 0) take(this.#lastAt)
    return taking.length === 0 ? undefined : Promise.all(taking).then(() => undefined)
  }
}
