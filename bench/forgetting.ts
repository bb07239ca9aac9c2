/**
 * Names and texts on a broker after every gateway was killed: with the settings of an installation, and so in its time, eleven minutes.
 * The tests do the same with shorter settings (`tests/kafka/erasure.test.ts`).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startBroker } from '../tests/support/broker.ts'
import { startGateway } from '../tests/support/gateway.ts'
import { enter, newRoom, newSecret, say } from '../tests/support/member.ts'

const NAME_LIMIT_S = 660
/** The longest time to live, and 30 s. */
const TEXT_LIMIT_S = 330
const MEMBERS = 20

const broker = await startBroker()
const settings = { KAFKA_BROKERS: broker.brokers, WR_SECRET: 'what both gateways know and nobody else' }
const gateways = await Promise.all([startGateway(settings), startGateway(settings)])
const name = `name-${newSecret()}`
const text = `text-${newSecret()}`
for (let i = 0; i < MEMBERS; i++) {
  const member = await enter(gateways[i % 2]?.url ?? '', newRoom(), { name, create: { ttl: 300 } })
  await say(member, text)
}
await pause(2_000)
const isThere = (what: string): boolean =>
  readdirSync(broker.logDir, { recursive: true, encoding: 'utf8' }).some((file) => read(file).includes(what))
if (!isThere(name) || !isThere(text)) throw new Error('nothing to forget was found')
await Promise.all(gateways.map((gateway) => gateway.kill()))
const killedMs = performance.now()
const goneAfter = { text: Number.POSITIVE_INFINITY, name: Number.POSITIVE_INFINITY }
while (goneAfter.name === Number.POSITIVE_INFINITY && secondsSince(killedMs) < NAME_LIMIT_S + 60) {
  await pause(1_000)
  if (goneAfter.text === Number.POSITIVE_INFINITY && !isThere(text)) goneAfter.text = secondsSince(killedMs)
  if (!isThere(name)) goneAfter.name = secondsSince(killedMs)
}
await broker.stop()
console.log(
  `texts gone ${goneAfter.text.toFixed(0)} s after the kill (at most ${TEXT_LIMIT_S}), names ${goneAfter.name.toFixed(0)} s (at most ${NAME_LIMIT_S})`,
)
process.exitCode = goneAfter.text <= TEXT_LIMIT_S && goneAfter.name <= NAME_LIMIT_S ? 0 : 1

function secondsSince(ms: number): number {
  return (performance.now() - ms) / 1000
}

/** Empty for a folder, and for what has gone meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(join(broker.logDir, file), 'latin1')
  } catch {
    return ''
  }
}
