import type { Config } from './config.ts'

/** What is allowed and hardly meant: each names the variables to look at, and repeats no value. */
export function warningsOf({
  auth,
  kafka,
  limits,
  roomBytes,
}: Pick<Config, 'auth' | 'kafka' | 'limits' | 'roomBytes'>): string[] {
  const warnings: string[] = []
  const mechanism = kafka?.tls === undefined ? kafka?.sasl?.mechanism : undefined
  if (mechanism === 'PLAIN' || mechanism === 'OAUTHBEARER')
    warnings.push(
      `KAFKA_SASL=${mechanism.toLowerCase()} with KAFKA_TLS=false: whoever is between gateway and brokers can read the ${mechanism === 'PLAIN' ? 'password' : 'token'}`,
    )
  if (limits.memory > 0 && limits.memory < roomBytes)
    warnings.push('WR_MEMORY_LIMIT is below WR_ROOM_BYTES: no room can hold that much')
  const unused = auth.isRequired ? [] : ofTokens(auth)
  if (unused.length > 0) warnings.push(`${unused.join(', ')} without WR_AUTH=token: nobody is asked for a token`)
  return warnings
}

/** What says how tokens are judged. */
function ofTokens({ secrets, jwksUrl, issuer, audience }: Config['auth']): string[] {
  return [
    ...(secrets.length === 0 ? [] : ['WR_JWT_SECRET']),
    ...(jwksUrl === undefined ? [] : ['WR_JWKS_URL']),
    ...(issuer === undefined ? [] : ['WR_JWT_ISSUER']),
    ...(audience === undefined ? [] : ['WR_JWT_AUDIENCE']),
  ]
}
