/** A topic's or a broker's settings, as Kafka names and writes them: `{ 'retention.ms': '315000' }`. */
export type Settings = Readonly<Record<string, string>>

/** What is appended. `value` is `undefined` for a tombstone. */
export interface Message {
  readonly topic: string
  readonly partition: number
  readonly key: Buffer
  readonly value: Buffer | undefined
}

/** What was appended, with its place. */
export interface StoredMessage {
  readonly offset: number
  /** When the broker appended it, in its leader's time, in milliseconds. */
  readonly at: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** The key, a character for each byte; empty for null. */
  readonly keyText: string
  /** Of key and value together. */
  readonly bytes: number
}

/** A message of a client that gives key and value by themselves. */
export function storedMessage(offset: number, at: number, key: Buffer | null, value: Buffer | null): StoredMessage {
  return new GivenMessage(offset, at, key, value)
}

class GivenMessage implements StoredMessage {
  readonly offset: number
  readonly at: number
  readonly key: Buffer | null
  readonly value: Buffer | null

  constructor(offset: number, at: number, key: Buffer | null, value: Buffer | null) {
    this.offset = offset
    this.at = at
    this.key = key
    this.value = value
  }

  get keyText(): string {
    return this.key?.toString('latin1') ?? ''
  }

  get bytes(): number {
    return (this.key?.length ?? 0) + (this.value?.length ?? 0)
  }
}

/** A topic as the cluster knows it. */
export interface TopicInfo {
  /** Differs from the id of a topic of the same name that was there before; `undefined` where the client cannot tell. */
  readonly id: string | undefined
  /** The broker that leads each partition; negative when nobody does. */
  readonly leaders: readonly number[]
  /** Of the partition that has the fewest; `undefined` where the client cannot tell. */
  readonly replicas: number | undefined
}

export interface ClusterInfo {
  /** Ids of the brokers there are now. */
  readonly brokers: readonly number[]
  /** Those of the topics asked for that exist. */
  readonly topics: ReadonlyMap<string, TopicInfo>
}

/** Where to begin: an offset, the first record at or after a time (milliseconds), or one of the ends. */
export type Position = number | 'earliest' | 'latest'

/** Who follows a partition. */
export interface Follower {
  readonly topic: string
  readonly partition: number
  /** The first offset that is wanted. */
  readonly from: number
  /**
   * Takes in what came next, in order; also nothing, at least twice a second, while the partition can be read.
   *
   * @param end the offset behind the last one in it; the next call goes on there.
   * @param tailAsOf everything appended before this time, on the monotonic clock, has now been taken in; `undefined` when there is more.
   * @returns a promise when the next must wait for it.
   */
  took(messages: readonly StoredMessage[], end: number, tailAsOf: number | undefined): Promise<void> | undefined
  /** What it wanted next is no longer there; it goes on at `start`. */
  overtaken(start: number): void
  /** The topic was made anew, or lost what had been read of it: following it has ended. */
  diverged(): void
}

/** What the bus needs of a library that speaks with Kafka. */
export interface KafkaDriver {
  /** Asks the cluster; also learns from it who leads what. */
  cluster(topics: readonly string[]): Promise<ClusterInfo>
  createTopic(topic: string, partitions: number, replicas: number, settings: Settings): Promise<void>
  topicSettings(topic: string): Promise<Settings>
  brokerSettings(broker: number): Promise<Settings>
  changeTopicSettings(topic: string, settings: Settings): Promise<void>
  /** The offset of the first record at or after `timeMs`, or of one of the ends. Without such a record: of the end. */
  offsetAt(topic: string, partition: number, at: Position): Promise<number>
  /**
   * Appends, durably (acks=all), in the order of the calls and of the messages. One request per broker is in flight; what comes meanwhile
   * is in the next. When one fails, all that waited behind it fail too, so that nothing overtakes what its sender tries again.
   *
   * @returns the messages that were not confirmed. Never rejects.
   */
  append(messages: readonly Message[]): Promise<readonly Message[]>
  /** When the oldest request to a partition's leader that is under way began, on the monotonic clock; `undefined`: none is. */
  appendingSince(topic: string, partition: number): number | undefined
  /** The broker that leads the partition, as far as is known. */
  leaderOf(topic: string, partition: number): number | undefined
  /** Reads a partition from a place on, until told to stop. @returns the function that stops it. */
  follow(follower: Follower): () => void
  /** What a fetch would bring of these, appended at a time (milliseconds) and an offset; `undefined` where the client cannot tell. */
  readonly asFetched?: (messages: readonly Message[], at: number, offset: number) => readonly StoredMessage[]
  close(): Promise<void>
}

export interface DriverOptions {
  /** `host:port` of some brokers; the others are learnt from them. */
  readonly brokers: readonly string[]
  /** Names this gateway among the clients of the brokers. */
  readonly clientId: string
  readonly connection: ConnectionSettings
  readonly clock: () => number
  readonly scheduler: { after(delayMs: number, ring: () => void): () => void }
  /** Something went wrong that the driver lives with; `what` is a word of ours. */
  readonly trouble: (what: string, error?: unknown) => void
}

/** How brokers are spoken to. */
export interface ConnectionSettings {
  /** `undefined`: without TLS. PEM texts; `ca` `undefined`: the authorities the system trusts. */
  readonly tls:
    | { readonly ca: string | undefined; readonly cert: string | undefined; readonly key: string | undefined }
    | undefined
  readonly sasl: SaslSettings | undefined
}

export type SaslSettings =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: string
      readonly password: string
    }
  /** `token` gives the bearer token to use now. */
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: () => Promise<string> }

export type MakeDriver = (options: DriverOptions) => KafkaDriver
