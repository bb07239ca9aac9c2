import {
  type Follower,
  type KafkaDriver,
  type Message,
  type StoredMessage,
  storedMessage,
} from '../bus/kafka/driver.ts'
import type { ManualTime } from './manual-time.ts'

export interface MemoryDriver {
  readonly driver: KafkaDriver
  /** Everything that was appended, in order. */
  readonly appended: readonly Message[]
  /** Has a broker lead a partition. */
  lead(topic: string, partition: number, broker: number): void
  /** Sets a broker's clock so far ahead, in milliseconds. */
  setAhead(broker: number, ms: number): void
  /** While down, nothing is confirmed and nothing is appended. */
  down(isDown: boolean): void
}

/** Brokers in memory: partitions that keep what is appended, led by broker 0 unless said otherwise, and followers who are told at once. */
export function memoryDriver(time: ManualTime): MemoryDriver {
  const appended: Message[] = []
  const kept = new Map<string, StoredMessage[]>()
  const leaders = new Map<string, number>()
  const ahead = new Map<number, number>()
  const followers = new Set<Follower>()
  let isDown = false

  const placeOf = ({ topic, partition }: Pick<Message, 'topic' | 'partition'>) => `${topic} ${partition}`
  const leaderOf = (topic: string, partition: number) => leaders.get(placeOf({ topic, partition })) ?? 0
  const messagesOf = (place: string): StoredMessage[] => {
    const messages = kept.get(place) ?? []
    kept.set(place, messages)
    return messages
  }

  function add(message: Message): void {
    appended.push(message)
    const messages = messagesOf(placeOf(message))
    const at = time.clock() + (ahead.get(leaderOf(message.topic, message.partition)) ?? 0)
    const stored = storedMessage(messages.length, at, message.key, message.value ?? null)
    messages.push(stored)
    for (const follower of followers)
      if (placeOf(follower) === placeOf(message)) void follower.took([stored], messages.length, time.clock())
  }

  const unused = () => Promise.reject(new Error('not in this one'))
  return {
    appended,
    lead: (topic, partition, broker) => leaders.set(placeOf({ topic, partition }), broker),
    setAhead: (broker, ms) => ahead.set(broker, ms),
    down: (is) => {
      isDown = is
    },
    driver: {
      cluster: unused,
      createTopic: unused,
      topicSettings: unused,
      brokerSettings: unused,
      changeTopicSettings: unused,
      offsetAt: async () => 0,
      async append(messages) {
        await new Promise<void>((resolve) => {
          time.scheduler.soon(resolve)
        })
        if (isDown) return messages
        for (const message of messages) add(message)
        return []
      },
      appendingSince: () => undefined,
      leaderOf,
      follow(follower) {
        const messages = messagesOf(placeOf(follower))
        void follower.took([...messages], messages.length, time.clock())
        followers.add(follower)
        return () => followers.delete(follower)
      },
      close: async () => undefined,
    },
  }
}
