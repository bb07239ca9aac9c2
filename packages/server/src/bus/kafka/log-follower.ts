import type { AppendedRecord, Offset, RoomKey } from '@whisperrooms/protocol'
import type { Scheduler } from '../../clock.ts'
import type { BusSubscriber } from '../bus.ts'
import { Backlog } from './backlog.ts'
import type { Follower, StoredMessage } from './driver.ts'
import { type KafkaClock, STEP_MS } from './kafka-clock.ts'
import type { RecordCodec } from './record-codec.ts'
import type { Waiting } from './waiting.ts'

/** A look that found nothing is passed on this often: every partition is looked at whenever something comes in any other. Milliseconds. */
const QUIET_MS = 200

/** While rooms that nobody waits for are taken in, others have their turn after so many records. */
const TURN_RECORDS = 50
/** So many of a room that somebody waits for are taken in at once, in about ten milliseconds. */
const SLICE_RECORDS = 500
/** While somebody waits for a room, one turn in so many milliseconds: others are taken in still, and hardly in the way. */
const PATIENT_MS = 100
/** After so many turns, two seconds, it is one in so many: who comes and comes must not keep the others from being taken in. */
const PATIENT_TURNS = 20
const LESS_PATIENT_MS = 10
/** When more than this waits for its room to be wanted, in bytes, it is taken in before more is read. */
const BACKLOG_BYTES = 64 * 1024 * 1024

export interface LogFollowerOptions {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly codec: RecordCodec
  readonly subscriber: BusSubscriber
  readonly time: () => KafkaClock
  readonly scheduler: Scheduler
  /** Who waits for a room, of this shard or of another. */
  readonly waiting: Waiting
  /** It has read to the end; called again after every look. */
  readonly looked: () => void
  /** Everything that was there when it began has been taken in. */
  readonly caughtUp: () => void
  /** Whether times or offsets have lost their meaning, so that nothing more may be taken in. Asks the broker. */
  readonly hasStepped: () => Promise<boolean>
  readonly diverged: () => void
  readonly trouble: (what: string) => void
}

/**
 * Brings a subscriber the records of one partition of the log.
 *
 * What is there when it begins may be much, and somebody waits for one room of it: so it is read to the end first, by room, and taken in
 * room by room, those that are wanted before the others. Only the order within a room means anything to anybody.
 */
export class LogFollower implements Follower {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly #options: LogFollowerOptions
  #lastAt = Number.NEGATIVE_INFINITY
  /** When a look was last passed on, on the monotonic clock. */
  #passedOn = Number.NEGATIVE_INFINITY
  /** Of rooms that have not been taken in yet; `undefined`: all have. */
  #backlog: Backlog | undefined = new Backlog()
  #hasReadToEnd = false
  /** Behind what has been read. */
  #end = 0
  /** What the subscriber is busy with. */
  #busy: Promise<void> | undefined
  readonly #wanted = new Map<RoomKey, PromiseWithResolvers<boolean>>()
  #ended = false
  #patientTurns = 0

  constructor(options: LogFollowerOptions) {
    this.#options = options
    this.topic = options.topic
    this.partition = options.partition
    this.from = options.from
  }

  took(messages: readonly StoredMessage[], end: number, tailAsOf: number | undefined): Promise<void> | undefined {
    const take = () => this.#take(messages, end, tailAsOf)
    const takeWhenFree = () => (this.#busy === undefined ? take() : this.#busy.then(take))
    if (!this.#isOutOfTime(messages)) return takeWhenFree()
    return this.#options.hasStepped().then((stepped) => {
      if (stepped) this.end()
      return takeWhenFree()
    })
  }

  /** Resolves when all that was there of a room when following began has been taken in; to `false` when following has ended before. */
  async taken(room: RoomKey): Promise<boolean> {
    if (this.#ended || this.#backlog === undefined) return !this.#ended
    const wanted = this.#wanted.get(room) ?? Promise.withResolvers<boolean>()
    this.#wanted.set(room, wanted)
    if (this.#hasReadToEnd) {
      await this.#busy
      void this.#takeWanted()
    }
    return wanted.promise
  }

  overtaken(start: number): void {
    if (this.#ended) return
    this.#options.trouble('records were gone before they were read')
    this.#takeIn(this.#backlog?.takeSome(Number.POSITIVE_INFINITY) ?? [])
    this.#options.subscriber.missed({ room: undefined, offset: (start - 1) as Offset })
  }

  diverged(): void {
    this.#options.diverged()
  }

  /** Nothing more is taken in. */
  end(): void {
    this.#ended = true
    for (const { resolve } of this.#wanted.values()) resolve(false)
    this.#wanted.clear()
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

  #take(messages: readonly StoredMessage[], end: number, tailAsOf: number | undefined): Promise<void> | undefined {
    if (this.#ended) return undefined
    for (const { at } of messages) this.#lastAt = Math.max(this.#lastAt, at)
    this.#end = Math.max(this.#end, end)
    if (this.#hasReadToEnd) return this.#deliver(this.#backlog?.addBehind(messages) ?? messages, tailAsOf)
    this.#backlog?.add(messages)
    if (tailAsOf === undefined) return (this.#backlog?.bytes ?? 0) > BACKLOG_BYTES ? this.#takeInTurns() : undefined
    this.#hasReadToEnd = true
    this.#options.looked()
    const taking = this.#takeWanted()
    return taking === undefined ? this.#goOn() : taking.then(() => this.#goOn())
  }

  /** Those who wait have what they waited for: the others are taken in while the log is followed. */
  #goOn(): Promise<void> | undefined {
    this.#bring([], 0)
    void this.#takeInTurns().then(() => {
      if (this.#ended) return
      this.#backlog = undefined
      this.#options.caughtUp()
    })
    return this.#busy
  }

  /** Rooms that somebody waits for. What is of others does not concern them, wherever in the log it lies. */
  #takeWanted(): Promise<void> | undefined {
    for (const [room, { resolve }] of this.#wanted) {
      this.#takeIn(this.#backlog?.takeRoom(room, SLICE_RECORDS) ?? [])
      if (this.#backlog?.has(room) === true) continue
      this.#wanted.delete(room)
      resolve(true)
    }
    return this.#wanted.size === 0 ? undefined : this.#takeWantedLater()
  }

  async #takeWantedLater(): Promise<void> {
    await this.#busy
    await this.#soon()
    if (!this.#ended) await this.#takeWanted()
  }

  #soon(): Promise<void> {
    return new Promise((resolve) => {
      this.#options.scheduler.soon(resolve)
    })
  }

  /** Takes in what waits, and lets others have their turn. @returns when nothing waits any more. */
  async #takeInTurns(): Promise<void> {
    const backlog = this.#backlog
    while (backlog?.isEmpty === false && !this.#ended) {
      this.#takeIn(backlog.takeSome(TURN_RECORDS))
      await this.#busy
      await this.#othersHadTheirTurn()
    }
  }

  /** Who waits for a room of this shard that is not read to its end waits for this, too. */
  #othersHadTheirTurn(): Promise<void> {
    const { scheduler, waiting } = this.#options
    const isTooMuch = (this.#backlog?.bytes ?? 0) > BACKLOG_BYTES
    if (isTooMuch || !waiting.isAnybody || !this.#hasReadToEnd) return this.#soon()
    const pauseMs = this.#patientTurns++ < PATIENT_TURNS ? PATIENT_MS : LESS_PATIENT_MS
    return new Promise((resolve) => {
      scheduler.after(pauseMs, resolve)
    })
  }

  /** Brings what is at the end of what was read. Rooms that are still waiting have nobody in them who could be told of it. */
  #bring(messages: readonly StoredMessage[], readUpToMs: number): void {
    this.#takeIn(messages, readUpToMs, this.#end > 0 ? ((this.#end - 1) as Offset) : undefined)
  }

  /** Has the subscriber take these in. Until it has, nothing that is read is taken in. */
  #takeIn(messages: readonly StoredMessage[], readUpToMs = 0, upTo?: Offset): void {
    if (this.#ended) return
    const taking = this.#options.subscriber.take(this.#decode(messages), readUpToMs, upTo)
    if (taking === undefined) return
    const busy = Promise.all([this.#busy, taking]).then(() => {
      if (this.#busy === busy) this.#busy = undefined
    })
    this.#busy = busy
  }

  #deliver(messages: readonly StoredMessage[], tailAsOf: number | undefined): Promise<void> | undefined {
    if (tailAsOf === undefined) {
      if (messages.length > 0) this.#bring(messages, this.#backlog === undefined ? this.#lastAt : 0)
      return this.#busy
    }
    if (messages.length > 0 || tailAsOf - this.#passedOn >= QUIET_MS) {
      this.#passedOn = tailAsOf
      this.#bring(messages, this.#backlog === undefined ? Math.max(this.#options.time().surelyAt(tailAsOf), 0) : 0)
    }
    this.#options.looked()
    return this.#busy
  }

  /** @returns the records behind the last one that could not be read; those before it are brought. */
  #decode(messages: readonly StoredMessage[]): readonly AppendedRecord[] {
    const { codec, subscriber, trouble } = this.#options
    let batch: AppendedRecord[] = []
    for (const { offset, at, key, value } of messages) {
      const decoded = codec.decode(key, value)
      if (decoded.kind === 'record') {
        batch.push({ record: decoded.record, offset: offset as Offset, at })
        continue
      }
      trouble(decoded.kind === 'foreign' ? 'a foreign record was passed over' : 'a record could not be read')
      if (decoded.kind === 'foreign') continue
      if (batch.length > 0) void subscriber.take(batch, 0)
      batch = []
      subscriber.missed({ room: decoded.room, offset: offset as Offset })
    }
    return batch
  }
}
