import type { Batch, Consumer, Kafka } from 'kafkajs'
import type { DriverOptions } from '../driver.ts'
import { RETRY } from './connection.ts'

/** How long a broker may hold a fetch that finds nothing, in milliseconds: who comes meanwhile waits for it. */
const WAIT_MS = 100
/** Between two looks at which partitions there are and who leads them, in milliseconds. */
const METADATA_MS = 5_000
/** A coordinator that has just begun needs a while. */
const MOST_RETRIES = 5
/** Before a consumer that has failed is followed by another one, in milliseconds. */
const AGAIN_MS = 500

export interface ConsumptionEvents {
  /** These partitions can be read now; from where has to be said anew. */
  assigned(assignment: Readonly<Record<string, readonly number[]>>): void
  /** @param isStale it was asked for before it was said that the partition is to be read from elsewhere. */
  took(batch: Batch, isStale: boolean): void
  /** From `first` to `last` there are only records that are for nobody, such as the ends of transactions. */
  passed(topic: string, partition: number, first: number, last: number): void
}

/**
 * A consumer of all partitions of some topics, alone in its group; it commits nothing. When it fails there comes another one, in
 * another group: in the same one it would wait until the brokers give up the first.
 */
export class Consumption {
  readonly #kafka: Kafka
  readonly #options: DriverOptions
  readonly #events: ConsumptionEvents
  readonly #topics = new Set<string>()
  readonly #closing = Promise.withResolvers<void>()
  #running: Promise<void> | undefined
  /** Ends the consumer there is: with a reason when it has failed. */
  #over = Promise.withResolvers<void>()
  /** The consumer, while it has partitions. */
  #assigned: Consumer | undefined
  #count = 0
  #closed = false

  constructor(kafka: Kafka, options: DriverOptions, events: ConsumptionEvents) {
    this.#kafka = kafka
    this.#options = options
    this.#events = events
  }

  /** Sees to it that these topics are consumed as well. */
  include(topics: Iterable<string>): void {
    const before = this.#topics.size
    for (const topic of topics) this.#topics.add(topic)
    // Topics cannot be added to a consumer that runs.
    if (this.#topics.size > before) this.#over.resolve()
    this.#running ??= this.#run()
  }

  /** Has a partition read from `offset` on, if it is assigned. */
  readFrom(topic: string, partition: number, offset: number): void {
    this.#assigned?.seek({ topic, partition, offset: String(offset) })
    this.#assigned?.resume([{ topic, partitions: [partition] }])
  }

  pause(topic: string, partition: number): void {
    this.#assigned?.pause([{ topic, partitions: [partition] }])
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#closing.resolve()
    this.#over.resolve()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const consumer = this.#make()
      this.#over = Promise.withResolvers()
      try {
        await Promise.all([this.#start(consumer, [...this.#topics]), this.#over.promise])
      } catch (error) {
        if (!this.#closed) this.#options.trouble('the consumer has failed', error)
        await this.#pause()
      } finally {
        this.#assigned = undefined
        await consumer.disconnect().catch(() => undefined)
      }
    }
  }

  #make(): Consumer {
    return this.#kafka.consumer({
      groupId: `${this.#options.clientId}-${++this.#count}`,
      maxWaitTimeInMs: WAIT_MS,
      metadataMaxAge: METADATA_MS,
      allowAutoTopicCreation: false,
      // Nobody of ours writes in transactions, and nobody else's are waited for.
      readUncommitted: true,
      retry: { ...RETRY, retries: MOST_RETRIES, restartOnFailure: () => Promise.resolve(false) },
    })
  }

  async #start(consumer: Consumer, topics: string[]): Promise<void> {
    const { on, events } = consumer
    on(events.GROUP_JOIN, ({ payload }) => {
      this.#assigned = consumer
      this.#events.assigned(payload.memberAssignment)
    })
    on(events.STOP, () => {
      this.#assigned = undefined
    })
    on(events.CRASH, ({ payload }) => this.#over.reject(payload.error))
    on(events.START_BATCH_PROCESS, ({ payload: { topic, partition, batchSize, firstOffset, lastOffset } }) => {
      // Without any, the first is null, whatever the types say.
      if (batchSize === 0) this.#events.passed(topic, partition, Number(firstOffset ?? lastOffset), Number(lastOffset))
    })
    await consumer.connect()
    await consumer.subscribe({ topics, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch, isStale }) => {
        this.#events.took(batch, isStale())
        return Promise.resolve()
      },
    })
  }

  #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = this.#options.scheduler.after(AGAIN_MS, resolve)
    return Promise.race([promise, this.#closing.promise]).finally(cancel)
  }
}
