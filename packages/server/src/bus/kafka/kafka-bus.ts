import type { Bus, GatewayId } from '../bus.ts'
import { GatewayBus } from './gateway-bus.ts'
import { type KafkaOptions, topicsOptions } from './kafka-options.ts'
import { ensureTopics } from './topics.ts'

/** How long a gateway that starts tries to learn how things stand, in milliseconds. */
const START_MS = 15_000

/**
 * The bus on Apache Kafka: a shard is a partition of one topic, and its offsets and append times are the room's.
 *
 * @throws TopicError when the topics are not fit, OtherSecretError, and the client library's errors when no broker can be reached.
 */
export async function kafkaBus(given: KafkaOptions): Promise<Bus> {
  let lastError: unknown
  const options: KafkaOptions = {
    ...given,
    trouble(what, error) {
      lastError = error ?? lastError
      given.trouble(what, error)
    },
  }
  const { clock, scheduler, trouble, brokers, connection } = options
  const gateway: GatewayId = options.random(9).toString('base64url')
  const clientId = `whisperrooms-${gateway}`
  const driver = options.makeDriver({ brokers, clientId, connection, clock, scheduler, trouble })
  let bus: GatewayBus | undefined
  const { promise: late, reject } = Promise.withResolvers<never>()
  let cancel = () => {}
  try {
    const topics = await ensureTopics(driver, topicsOptions(options))
    for (const { setting } of topics.warnings) trouble(`${setting} of a topic could be better`)
    bus = new GatewayBus(options, driver, gateway, topics)
    // What may not be read is tried again and again: whoever starts this must hear of it.
    cancel = scheduler.after(START_MS, () => reject(lastError ?? new Error('the brokers did not answer in time')))
    await Promise.race([bus.start(), late])
    return bus
  } catch (error) {
    await (bus ?? driver).close()
    throw error
  } finally {
    cancel()
  }
}
