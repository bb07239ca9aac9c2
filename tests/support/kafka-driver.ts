import { randomBytes } from 'node:crypto'
import { vi } from 'vitest'
import type {
  ConnectionSettings,
  Follower,
  KafkaDriver,
  MakeDriver,
  StoredMessage,
} from '../../packages/server/src/bus/kafka/driver.ts'
import { systemScheduler } from '../../packages/server/src/clock.ts'
import { PATIENCE_MS } from './inbox.ts'

/** A driver of a client that has not been there before. */
export function openDriver(
  makeDriver: MakeDriver,
  brokers: string,
  connection: ConnectionSettings = { tls: undefined, sasl: undefined },
): KafkaDriver {
  return makeDriver({
    brokers: brokers.split(','),
    clientId: `driver-test-${randomBytes(6).toString('hex')}`,
    connection,
    clock: () => performance.now(),
    scheduler: systemScheduler,
    trouble: () => undefined,
  })
}

export interface TestFollower extends Follower {
  /** What it was told, in order: messages by their values. */
  readonly heard: unknown[]
  readonly messages: StoredMessage[]
  /** Where the partition ended, and as of when that is known. */
  readonly tails: { readonly end: number; readonly asOf: number }[]
}

/** Takes in what it is told, and keeps it. `busy` says what the next must wait for. */
export function testFollower(
  topic: string,
  partition: number,
  from: number,
  busy: (heard: readonly unknown[]) => Promise<void> | undefined = () => undefined,
): TestFollower {
  const heard: unknown[] = []
  const messages: StoredMessage[] = []
  const tails: { end: number; asOf: number }[] = []
  return {
    topic,
    partition,
    from,
    heard,
    messages,
    tails,
    took(batch, end, tailAsOf) {
      messages.push(...batch)
      heard.push(...batch.map(({ value }) => value?.toString()))
      if (tailAsOf !== undefined) tails.push({ end, asOf: tailAsOf })
      return busy(heard)
    },
    overtaken: (start) => void heard.push({ overtaken: start }),
    diverged: () => void heard.push('diverged'),
  }
}

/** Waits until an expectation is met. */
export const soon = (expectation: () => unknown) => vi.waitFor(expectation, { timeout: 2 * PATIENCE_MS })
