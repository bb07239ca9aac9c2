// Prints the key that names rooms on the Kafka topic, for programs that speak there without a gateway (docs/record-format.md).

import { kafkaSecrets } from './bus/kafka/secrets.ts'
import { VARIABLES } from './config.ts'
import { ConfigError, secretValue } from './environment.ts'

/** @throws ConfigError saying what WR_SECRET should have been. */
function namesKey(environment: Readonly<Record<string, string | undefined>>): string {
  const secret = secretValue(environment, 'WR_SECRET', VARIABLES.WR_SECRET)
  if (secret === undefined) throw new ConfigError('WR_SECRET must be set to what the gateways have')
  return Buffer.from(kafkaSecrets(Buffer.from(secret)).namesKey).toString('base64url')
}

try {
  process.stdout.write(`${namesKey(process.env)}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'WR_SECRET is wrong'}\n`)
  process.exitCode = 1
}
