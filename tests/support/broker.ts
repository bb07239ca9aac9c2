import {
  type Broker,
  type BrokerOptions,
  type Secured,
  startBroker as startOwnBroker,
} from '../../scripts/kafka/broker.mjs'
import { ensureKafka, RELEASES } from '../../scripts/kafka/installation.mjs'
import { availableOrSkip, tell } from './available.ts'
import type { ShiftedClock } from './shifted-clock.ts'

/** A real Kafka of this test's own. `kill` keeps what it kept for `startAgain`; `stop` removes it, also after `kill`. */
export type TestBroker = Broker

/** A real Kafka that is also spoken to over TLS. */
export type SecuredBroker = Broker & { readonly secured: Secured }

export interface TestBrokerOptions extends Pick<BrokerOptions, 'nodes' | 'settings' | 'zookeeper'> {
  /** What it goes by; otherwise the time of day. */
  readonly clock?: ShiftedClock
}

/**
 * Whether Kafka can be had here; brings it first, where that is possible. For `describe.runIf(await kafkaOrSkip())`.
 * Where it cannot be had it says so loudly, and in CI it throws: there nothing is skipped unnoticed.
 */
export function kafkaOrSkip(): Promise<boolean> {
  return availableOrSkip('everything that needs Kafka', () => ensureKafka({ say: tell }))
}

/** Starts a broker on free ports, its log in memory, and waits until topics can be created: about four seconds. */
export async function startBroker(options: TestBrokerOptions = {}): Promise<TestBroker> {
  const release = options.zookeeper ? RELEASES.zookeeper : RELEASES.kraft
  return startOwnBroker(await ensureKafka({ release, say: tell }), ownOptions(options))
}

/** As `startBroker`, with listeners that ask who somebody is. */
export async function startSecuredBroker(
  security: NonNullable<BrokerOptions['security']>,
  options: TestBrokerOptions = {},
): Promise<SecuredBroker> {
  const broker = await startOwnBroker(await ensureKafka({ say: tell }), { ...ownOptions(options), security })
  if (broker.secured === undefined) throw new Error('the broker has no secured listeners')
  return { ...broker, secured: broker.secured }
}

function ownOptions({ clock, ...rest }: TestBrokerOptions): BrokerOptions {
  return { ...rest, ...(clock === undefined ? {} : { env: clock.env }) }
}
