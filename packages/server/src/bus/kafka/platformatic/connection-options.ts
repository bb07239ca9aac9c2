import { isIP } from 'node:net'
import { AuthenticationError, type ConnectionOptions, type SASLOptions } from '@platformatic/kafka'
import type { ConnectionSettings, SaslSettings } from '../driver.ts'

type Options = Pick<ConnectionOptions, 'tls' | 'tlsServerName' | 'sasl'>

/**
 * What the library is told so that it speaks with brokers as the settings want it.
 *
 * @param brokers `host:port` of some. Where all have names, they are told the name that is wanted, by which a proxy may find them; TLS has
 *   no way to tell an address.
 */
export function connectionOptions({ tls, sasl }: ConnectionSettings, brokers: readonly string[]): Options {
  return {
    ...(tls === undefined ? {} : { tls: given(tls), tlsServerName: !brokers.some(isAddress) }),
    ...(sasl === undefined ? {} : { sasl: saslOptions(sasl) }),
  }
}

function isAddress(broker: string): boolean {
  return isIP(broker.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')) !== 0
}

function given({ ca, cert, key }: NonNullable<ConnectionSettings['tls']>): NonNullable<Options['tls']> {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}

function saslOptions(sasl: SaslSettings): SASLOptions {
  return sasl.mechanism === 'OAUTHBEARER' ? { ...sasl, authBytesValidator: refuseRefusal } : sasl
}

/**
 * A broker that does not accept a bearer token says why and expects one more message (RFC 7628, section 3.2.3). For the library the
 * connection would be fine, and the next request be taken for that message.
 */
const refuseRefusal: NonNullable<SASLOptions['authBytesValidator']> = (answer, callback) => {
  if (answer.length === 0) callback(null, answer)
  else
    callback(
      new AuthenticationError('The bearer token was not accepted.', { apiId: 'SASL_AUTHENTICATION_FAILED' }),
      answer,
    )
}
