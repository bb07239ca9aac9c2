import type { Batch, Kafka, KafkaMessage } from 'kafkajs'
import { type DriverOptions, type Follower, type StoredMessage, storedMessage } from '../driver.ts'
import type { Ends } from './admin.ts'
import { Consumption } from './consumption.ts'

/** Between two looks at where partitions begin and end, in milliseconds: so often a quiet partition is known to be read. */
const LOOK_MS = 300

/** What one follower is at. */
interface Following {
  readonly follower: Follower
  next: number
  /** It has not taken in yet what it was last given. */
  isBusy: boolean
  /** When it has taken in what is before `end`, that is everything appended before `asOf`, on the monotonic clock. */
  tail: { readonly end: number; readonly asOf: number } | undefined
}

/** A partition that somebody follows. */
interface Followed {
  readonly topic: string
  readonly partition: number
  readonly followings: Set<Following>
  /** Where the consumer reads on, as far as it was told; `undefined`: it does not. */
  position: number | undefined
}

export interface ReaderOptions {
  readonly kafka: Kafka
  readonly driver: DriverOptions
  /** Topics that will be followed. */
  readonly topics: () => Iterable<string>
  readonly ends: (topic: string) => Promise<ReadonlyMap<number, Ends>>
}

/**
 * Reads partitions for those who follow them, through a consumer that is told where to read.
 *
 * A partition is read from where the hindmost of its followers is; the others pass over what they have. What the consumer itself
 * keeps quiet about is learnt by asking the brokers where partitions begin and end: that nothing new has come, that what is wanted
 * next is gone (the consumer would just go on at the beginning), that the log has become shorter.
 */
export class Reader {
  readonly #options: ReaderOptions
  readonly #consumption: Consumption
  readonly #followed = new Map<string, Followed>()
  #isLooking = false
  #isLookWanted = false
  #cancelLook = () => {}

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#consumption = new Consumption(options.kafka, options.driver, {
      assigned: (assignment) => this.#assigned(assignment),
      took: (batch, isStale) => this.#took(batch, isStale),
      passed: (topic, partition, first, last) => this.#passed(topic, partition, first, last),
    })
  }

  /** @returns the function that ends it. */
  add(follower: Follower): () => void {
    const { topic, partition, from } = follower
    const key = keyOf(topic, partition)
    const followed = this.#followed.get(key) ?? { topic, partition, followings: new Set(), position: undefined }
    const following: Following = { follower, next: from, isBusy: false, tail: undefined }
    followed.followings.add(following)
    this.#followed.set(key, followed)
    this.#consumption.include([topic, ...this.#options.topics()])
    this.#aim(followed)
    this.#lookNow()
    return () => this.#remove(followed, following)
  }

  async close(): Promise<void> {
    this.#cancelLook()
    for (const { followings } of this.#followed.values()) followings.clear()
    this.#followed.clear()
    await this.#consumption.close()
  }

  #remove(followed: Followed, following: Following): void {
    followed.followings.delete(following)
    this.#aim(followed)
    if (followed.followings.size === 0) this.#followed.delete(keyOf(followed.topic, followed.partition))
  }

  #assigned(assignment: Readonly<Record<string, readonly number[]>>): void {
    for (const [topic, partitions] of Object.entries(assignment))
      for (const partition of partitions) {
        const followed = this.#followed.get(keyOf(topic, partition))
        this.#consumption.pause(topic, partition)
        if (followed === undefined) continue
        followed.position = undefined
        this.#aim(followed)
      }
  }

  /** Has a partition read from where the hindmost of its followers that can be given something is. */
  #aim(followed: Followed): void {
    const { topic, partition, followings } = followed
    const places = [...followings].filter(({ isBusy }) => !isBusy).map(({ next }) => next)
    const wanted = places.length === 0 ? undefined : Math.min(...places)
    if (wanted === followed.position) return
    followed.position = wanted
    if (wanted === undefined) this.#consumption.pause(topic, partition)
    else this.#consumption.readFrom(topic, partition, wanted)
  }

  #took(batch: Batch, isStale: boolean): void {
    const followed = this.#followed.get(keyOf(batch.topic, batch.partition))
    if (followed === undefined) return
    const from = fetchedOffset(batch)
    const end = Number(batch.lastOffset()) + 1
    if (followed.position !== undefined && !isStale) followed.position = end
    const messages = batch.messages.map(storedOf)
    for (const following of followed.followings) {
      if (following.isBusy || following.next >= end) continue
      if (following.next >= from) this.#give(followed, following, messages, end)
      // The consumer has gone on at the beginning, because what was wanted next is gone.
      else this.#lookNow()
    }
    this.#aim(followed)
  }

  #passed(topic: string, partition: number, first: number, last: number): void {
    const followed = this.#followed.get(keyOf(topic, partition))
    if (followed === undefined) return
    for (const following of followed.followings)
      if (!following.isBusy && following.next >= first && following.next <= last)
        this.#give(followed, following, [], last + 1)
  }

  #give(followed: Followed, following: Following, messages: readonly StoredMessage[], end: number): void {
    const { follower, next, tail } = following
    const isAtTail = tail !== undefined && end >= tail.end
    following.next = end
    if (isAtTail) following.tail = undefined
    const news = messages.filter(({ offset }) => offset >= next)
    const taking = follower.took(news, end, isAtTail ? tail.asOf : undefined)
    if (taking === undefined) return
    following.isBusy = true
    void taking.finally(() => {
      following.isBusy = false
      if (!followed.followings.has(following)) return
      this.#tellTail(followed, following)
      this.#aim(followed)
    })
  }

  #tellTail(followed: Followed, following: Following): void {
    const { isBusy, next, tail } = following
    if (!isBusy && tail !== undefined && next >= tail.end) this.#give(followed, following, [], next)
  }

  #lookNow(): void {
    this.#isLookWanted = true
    if (!this.#isLooking) void this.#look()
  }

  async #look(): Promise<void> {
    this.#cancelLook()
    this.#isLooking = true
    this.#isLookWanted = false
    const topics = new Set([...this.#followed.values()].map(({ topic }) => topic))
    await Promise.all([...topics].map((topic) => this.#lookAt(topic)))
    this.#isLooking = false
    if (this.#followed.size === 0) return
    this.#cancelLook = this.#options.driver.scheduler.after(this.#isLookWanted ? 0 : LOOK_MS, () => void this.#look())
  }

  async #lookAt(topic: string): Promise<void> {
    const { ends, driver } = this.#options
    const asOf = driver.clock()
    const before = [...this.#followed.values()]
      .filter((followed) => followed.topic === topic)
      .flatMap((followed) =>
        [...followed.followings].map((following) => ({ followed, following, next: following.next })),
      )
    try {
      const found = await ends(topic)
      for (const { followed, following, next } of before) {
        const partition = found.get(followed.partition)
        if (partition === undefined || !followed.followings.has(following)) continue
        if (partition.end < next) this.#diverged(followed, following)
        else this.#within(followed, following, partition, asOf)
      }
    } catch (error) {
      this.#isLookWanted = false
      driver.trouble('the brokers could not be asked where partitions end', error)
    }
  }

  #diverged(followed: Followed, following: Following): void {
    this.#remove(followed, following)
    following.follower.diverged()
  }

  #within(followed: Followed, following: Following, { first, end }: Ends, asOf: number): void {
    if (first > following.next && !following.isBusy) {
      following.next = first
      following.follower.overtaken(first)
      this.#aim(followed)
    }
    following.tail = { end, asOf }
    this.#tellTail(followed, following)
  }
}

const keyOf = (topic: string, partition: number): string => `${topic} ${partition}`

/** From where a batch was asked for. KafkaJS knows, its types do not. */
function fetchedOffset(batch: Batch): number {
  return 'fetchedOffset' in batch ? Number(batch.fetchedOffset) : Number.NaN
}

const storedOf = ({ offset, timestamp, key, value }: KafkaMessage): StoredMessage =>
  storedMessage(Number(offset), Number(timestamp), key, value)
