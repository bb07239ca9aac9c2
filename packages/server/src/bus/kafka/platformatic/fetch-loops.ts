import type { Clock, Scheduler } from '../../../clock.ts'
import type { Follower, StoredMessage } from '../driver.ts'
import { type Fetch, keyOf } from './fetch.ts'
import { CORRUPT_MESSAGE, type FetchedPartition } from './fetch-response.ts'

/** How long a broker may hold a fetch that finds nothing, in milliseconds: so often a quiet partition is known to be read. */
const STEADY_WAIT_MS = 400
/** The same for those who wait for the long poll under way, and for those who want to know how things stand. */
const WAITING_WAIT_MS = 20
const NEW_WAIT_MS = 1
/**
 * Long polls do not follow each other faster, in milliseconds. One that finds something at once has the broker look at each of its
 * partitions once; one that must wait has it look three times.
 */
const PACE_MS = 2
/** After a fetch that failed, in milliseconds. */
const PAUSE_MS = 200

const OFFSET_OUT_OF_RANGE = 1
/** The broker knows no topic that has this id. */
const UNKNOWN_TOPIC_ID = 100

/** A broker that has just started knows its topics after so many tries. */
const UNKNOWN_TRIES = 5

/** What one follower is at. */
interface Following {
  readonly follower: Follower
  /** Of the topic as it was when following began. */
  readonly topicId: string
  next: number
  /** It has not taken in yet what it was last given, or is in a fetch under way. */
  busy: boolean
  /** It has been at the end once: until then it does not wait for what may come. */
  isSettled: boolean
  /** How often in a row its topic was not known. */
  unknown: number
}

export interface FetchLoopsOptions {
  /** For long polls, and for short ones: a poll holds its connection. */
  readonly steady: Fetch
  readonly quick: Fetch
  readonly topicId: () => string | undefined
  /** The broker that leads a partition; `undefined` when nobody knows. */
  readonly leaderOf: (partition: number) => number | undefined
  readonly refresh: () => Promise<void>
  /** Where a partition begins and ends. */
  readonly endsOf: (partition: number) => Promise<{ readonly start: number; readonly end: number }>
  readonly clock: Clock
  readonly scheduler: Pick<Scheduler, 'after'>
  /** A fetch failed. */
  readonly failed: (error: unknown) => void
}

/**
 * Reads partitions of one topic without a consumer group: each gateway reads what it wants, from where it wants, and nobody rebalances.
 *
 * Two loops per broker. The steady one is a chain of long polls over all partitions. Whoever comes while such a poll is under way is
 * read by the quick loop, with short polls, until the steady one takes it over.
 */
export class FetchLoops {
  readonly #options: FetchLoopsOptions
  readonly #followings = new Set<Following>()
  readonly #steady = new Set<number>()
  readonly #quick = new Map<number, Promise<void>>()
  /** Brokers whose steady loop is about to have its turn. */
  readonly #turning = new Set<number>()
  #closed = false

  constructor(options: FetchLoopsOptions) {
    this.#options = options
  }

  /** @returns the function that ends it. */
  add(follower: Follower): () => void {
    const following = {
      follower,
      topicId: this.#options.topicId() ?? '',
      next: follower.from,
      busy: false,
      isSettled: false,
      unknown: 0,
    }
    this.#followings.add(following)
    this.start()
    return () => this.#followings.delete(following)
  }

  /** Sees to it that a loop runs for each broker that leads something wanted. */
  start(): void {
    for (const { follower } of this.#followings) {
      const node = this.#options.leaderOf(follower.partition)
      if (node !== undefined) this.#startFor(node)
    }
  }

  close(): void {
    this.#closed = true
    this.#followings.clear()
  }

  #startFor(node: number): void {
    if (!this.#steady.has(node)) {
      this.#steady.add(node)
      void this.#loop(node).finally(() => this.#steady.delete(node))
    } else if (!this.#quick.has(node) && !this.#turning.has(node) && this.#idle(node).length > 0) {
      const running = this.#hurry(node).finally(() => {
        this.#quick.delete(node)
        this.start()
      })
      this.#quick.set(node, running)
    }
  }

  /** Those led by `node` that can be given something. */
  #idle(node: number): Following[] {
    return [...this.#followings].filter((following) => !following.busy && this.#isLedBy(node, following))
  }

  #isLedBy(node: number, { follower }: Following): boolean {
    return this.#options.leaderOf(follower.partition) === node
  }

  async #loop(node: number): Promise<void> {
    while (!this.#closed && [...this.#followings].some((following) => this.#isLedBy(node, following))) {
      // The quick loop makes one short poll at a time: then its turn is over.
      this.#turning.add(node)
      await this.#quick.get(node)
      this.#turning.delete(node)
      const turn = this.#idle(node).filter(({ isSettled }) => isSettled)
      const sinceMs = this.#options.clock()
      const polling =
        turn.length > 0 ? this.#poll(this.#options.steady, node, turn, STEADY_WAIT_MS) : this.#pause(WAITING_WAIT_MS)
      // Whoever is not in it does not wait for it.
      this.#startFor(node)
      await polling
      const early = PACE_MS - (this.#options.clock() - sinceMs)
      if (early > 0) await this.#pause(early)
    }
  }

  async #hurry(node: number): Promise<void> {
    const turn = this.#idle(node)
    const isNew = turn.some(({ isSettled }) => !isSettled)
    await this.#poll(this.#options.quick, node, turn, isNew ? NEW_WAIT_MS : WAITING_WAIT_MS)
  }

  async #poll(fetch: Fetch, node: number, turn: readonly Following[], maxWaitMs: number): Promise<void> {
    if (turn.length === 0) return
    for (const following of turn) following.busy = true
    const asOf = this.#options.clock()
    try {
      const fetched = await fetch(node, turn, maxWaitMs)
      for (const following of turn) this.#deliver(following, fetched.get(keyOf(following)), asOf)
    } catch (error) {
      for (const following of turn) following.busy = false
      if (this.#closed) return
      this.#options.failed(error)
      await this.#options.refresh().catch(() => undefined)
      await this.#pause(PAUSE_MS)
    }
  }

  /** Brings a follower what came of its partition. What is not in the response has nothing new. */
  #deliver(following: Following, fetched: FetchedPartition | undefined, asOf: number): void {
    following.busy = false
    if (!this.#followings.has(following)) return
    if (fetched !== undefined && fetched.errorCode !== 0) return this.#stumble(following, fetched)
    following.unknown = 0
    const messages = wantedOf(fetched?.messages ?? [], following.next)
    following.next = Math.max(following.next, fetched?.end ?? 0)
    const isAtTail = fetched === undefined || following.next >= fetched.highWatermark
    following.isSettled ||= isAtTail
    const taking = following.follower.took(messages, following.next, isAtTail ? asOf : undefined)
    if (taking === undefined) return
    following.busy = true
    void taking.finally(() => {
      following.busy = false
      this.start()
    })
  }

  #stumble(following: Following, { errorCode }: FetchedPartition): void {
    if (errorCode === CORRUPT_MESSAGE) this.#options.failed(new Error('the records of a partition could not be read'))
    if (errorCode === OFFSET_OUT_OF_RANGE) void this.#findAgain(following)
    else {
      following.unknown = errorCode === UNKNOWN_TOPIC_ID ? following.unknown + 1 : 0
      void this.#ask(following)
    }
  }

  /** Most often somebody else leads it now. */
  async #ask(following: Following): Promise<void> {
    following.busy = true
    await this.#options.refresh().catch(() => undefined)
    const isAnother = following.unknown > 0 && this.#options.topicId() !== following.topicId
    if (isAnother || following.unknown > UNKNOWN_TRIES) return this.#diverge(following)
    await this.#pause(PAUSE_MS)
    following.busy = false
    this.start()
  }

  /** What was wanted next is not there: either it is gone, or so is what was read before it. */
  async #findAgain(following: Following): Promise<void> {
    const { follower, next } = following
    following.busy = true
    try {
      const { start, end } = await this.#options.endsOf(follower.partition)
      if (next > end) this.#diverge(following)
      else if (next < start && this.#followings.has(following)) {
        following.next = start
        follower.overtaken(start)
      }
    } catch (error) {
      this.#options.failed(error)
    }
    following.busy = false
    this.start()
  }

  #diverge(following: Following): void {
    if (this.#followings.delete(following)) following.follower.diverged()
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.scheduler.after(ms, resolve)
    })
  }
}

/** A batch may begin earlier than was asked for. */
function wantedOf(messages: readonly StoredMessage[], from: number): readonly StoredMessage[] {
  const first = messages[0]
  return first === undefined || first.offset >= from ? messages : messages.filter(({ offset }) => offset >= from)
}
