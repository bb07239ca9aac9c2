import { type Broker, startBroker as startOwnBroker } from '../../scripts/kafka/broker.mjs'
import { ensureKafka } from '../../scripts/kafka/installation.mjs'
import { Unavailable } from '../../scripts/kafka/unavailable.mjs'

/** A real Kafka of this test's own. `kill` keeps what it kept for `startAgain`; `stop` removes it, also after `kill`. */
export type TestBroker = Broker

const tell = (text: string) => void process.stderr.write(`${text}\n`)

/**
 * Whether Kafka can be had here; brings it first, where that is possible. For `describe.runIf(await kafkaOrSkip())`.
 * Where it cannot be had it says so loudly, and in CI it throws: there nothing is skipped unnoticed.
 */
export async function kafkaOrSkip(): Promise<boolean> {
  try {
    await ensureKafka({ say: tell })
    return true
  } catch (error) {
    if (process.env['CI'] === 'true' || !(error instanceof Unavailable)) throw error
    tell(`\nNOT TESTED: everything that needs Kafka. ${error.message}\n`)
    return false
  }
}

/** Starts a broker on free ports, its log in memory, and waits until topics can be created: about four seconds. */
export async function startBroker(): Promise<TestBroker> {
  return startOwnBroker(await ensureKafka({ say: tell }))
}
