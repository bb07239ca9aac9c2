import { createHash } from 'node:crypto'
import type { Epoch } from '@whisperrooms/protocol'
import type { Clock, Random, Scheduler } from '../../clock.ts'
import { HEARTBEAT_PARTITION } from './roster.ts'
import { type Lineage, stateKey } from './state-entries.ts'
import type { StateTopic } from './state-topic.ts'

/** Of several gateways that notice the same at once, the others find out within this time that one has acted, in milliseconds. */
const JITTER_MS = 200
/** An entry that nobody puts again is gone after ten minutes. Milliseconds. */
const REFRESH_MS = 180_000

export interface LineagesOptions {
  readonly state: StateTopic
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  /** What a lineage that begins now begins with. */
  readonly begin: () => Promise<Pick<Lineage, 'topicId' | 'starts'>>
  /** Another one counts now. */
  readonly changed: (lineage: Lineage) => void
  readonly trouble: (what: string, error?: unknown) => void
}

/** Which lineage counts, on every gateway the same: the highest that stands in the state topic. */
export class Lineages {
  readonly #options: LineagesOptions
  #current: Lineage | undefined
  #seenMs = Number.NEGATIVE_INFINITY
  #advancing: Promise<void> | undefined
  /** The one that counted when advancing began. */
  #from: Lineage | undefined
  /** The one that came of it shall end, too. */
  #isAskedAgain = false

  constructor(options: LineagesOptions) {
    this.#options = options
  }

  get current(): Lineage | undefined {
    return this.#current
  }

  /** A lineage was read. */
  read(lineage: Lineage): void {
    if (this.#current !== undefined && !isAbove(lineage, this.#current)) {
      if (lineage.id === this.#current.id) this.#seenMs = this.#options.clock()
      return
    }
    this.#seenMs = this.#options.clock()
    this.#current = lineage
    this.#options.changed(lineage)
  }

  /** Begins another lineage, unless somebody else does so first. */
  advance(): Promise<void> {
    if (this.#advancing === undefined) {
      this.#advancing = this.#advance().finally(() => {
        this.#advancing = undefined
        if (this.#isAskedAgain) void this.advance()
      })
    } else this.#isAskedAgain ||= this.#current !== this.#from
    return this.#advancing
  }

  /** Puts the current one again before it is forgotten. */
  refresh(): void {
    const { state, clock } = this.#options
    if (this.#current === undefined || clock() - this.#seenMs < REFRESH_MS) return
    this.#seenMs = clock()
    void state.put(HEARTBEAT_PARTITION, stateKey.lineage(this.#current), this.#current)
  }

  async #advance(): Promise<void> {
    const { state, random, begin, trouble } = this.#options
    const before = this.#current
    this.#from = before
    this.#isAskedAgain = false
    await this.#pause(random(1).readUInt8() % JITTER_MS)
    while (this.#current === before) {
      try {
        const lineage = { number: (before?.number ?? 0) + 1, id: random(9).toString('base64url'), ...(await begin()) }
        if (this.#current !== before) return
        // It counts when it is read back.
        if (await state.put(HEARTBEAT_PARTITION, stateKey.lineage(lineage), lineage)) return
      } catch (error) {
        trouble('a new epoch could not begin', error)
      }
      await this.#pause(JITTER_MS)
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.scheduler.after(ms, resolve)
    })
  }
}

export function epochOf({ number, id }: Lineage): Epoch {
  return createHash('sha256').update(`${number} ${id}`).digest('base64url').slice(0, 12) as Epoch
}

function isAbove(one: Lineage, other: Lineage): boolean {
  return one.number > other.number || (one.number === other.number && one.id > other.id)
}
