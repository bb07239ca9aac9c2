// Prints the key that names rooms on the Kafka topic, for programs that speak there without a gateway (docs/record-format.md).

import { kafkaSecrets } from './bus/kafka/secrets.ts'
import { VARIABLES } from './config.ts'

/** @throws Error saying what WR_SECRET should have been. */
function namesKey(environment: Readonly<Record<string, string | undefined>>): string {
  const secret = VARIABLES.WR_SECRET.read(environment['WR_SECRET'] ?? '')
  if (secret === undefined) throw new Error('must be set to what the gateways have')
  return Buffer.from(kafkaSecrets(Buffer.from(secret)).namesKey).toString('base64url')
}

try {
  process.stdout.write(`${namesKey(process.env)}\n`)
} catch (error) {
  process.stderr.write(`WR_SECRET ${error instanceof Error ? error.message : 'is wrong'}\n`)
  process.exitCode = 1
}
