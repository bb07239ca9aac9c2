import type { Config } from './config.ts'

/** What is allowed and hardly meant: each names the variables to look at, and repeats no value. */
export function warningsOf({ kafka, limits, roomBytes }: Pick<Config, 'kafka' | 'limits' | 'roomBytes'>): string[] {
  const warnings: string[] = []
  const mechanism = kafka?.tls === undefined ? kafka?.sasl?.mechanism : undefined
  if (mechanism === 'PLAIN' || mechanism === 'OAUTHBEARER')
    warnings.push(
      `KAFKA_SASL=${mechanism.toLowerCase()} with KAFKA_TLS=false: whoever is between gateway and brokers can read the ${mechanism === 'PLAIN' ? 'password' : 'token'}`,
    )
  if (limits.memory > 0 && limits.memory < roomBytes)
    warnings.push('WR_MEMORY_LIMIT is below WR_ROOM_BYTES: no room can hold that much')
  return warnings
}
