import { CLIENT } from './certificates.mjs'

/**
 * Who may enter, and how.
 *
 * @typedef {object} Security
 * @property {Readonly<Record<string, string>>} users names and passwords, for PLAIN and SCRAM. Letters and digits.
 * @property {readonly string[]} [limited] those who have no rights but what ACLs give them; the others, also who comes with a client's
 *   certificate or over the plain listener, have all.
 */

const LOGIN_MODULES = 'org.apache.kafka.common.security'
const SCRAM = ['SCRAM-SHA-256', 'SCRAM-SHA-512']

/**
 * @param {Security} security
 * @param {{ sslPort: number, saslPort: number, certificates: Awaited<ReturnType<typeof import('./certificates.mjs').makeCertificates>> }} made
 * @returns {{ listeners: string, advertised: string, settings: import('./settings.mjs').Settings }} the two listeners that speak TLS, as
 *   lists of listeners have them, and what they are told.
 */
export function securityOf(security, { sslPort, saslPort, certificates: { ca, broker } }) {
  return {
    listeners: `SSL://127.0.0.1:${sslPort},SASL_SSL://127.0.0.1:${saslPort}`,
    advertised: `SSL://localhost:${sslPort},SASL_SSL://localhost:${saslPort}`,
    settings: {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.certificate.chain': broker.cert,
      'ssl.keystore.key': broker.key,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': ca,
      'listener.name.ssl.ssl.client.auth': 'required',
      'sasl.enabled.mechanisms': ['PLAIN', 'OAUTHBEARER', ...SCRAM].join(','),
      ...loginModules(security.users),
      ...(security.limited === undefined ? {} : authorizer(security.users, security.limited)),
    },
  }
}

/**
 * @param {Readonly<Record<string, string>>} users
 * @returns {string[]} options for the tool that formats the log: SCRAM's users are kept there.
 */
export function scramUsers(users) {
  return Object.entries(users).flatMap(([name, password]) =>
    SCRAM.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${name},password=${password}]`]),
  )
}

function loginModules(users) {
  const passwords = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`)
  const scram = `${LOGIN_MODULES}.scram.ScramLoginModule required;`
  const modules = {
    plain: `${LOGIN_MODULES}.plain.PlainLoginModule required ${passwords.join(' ')};`,
    'scram-sha-256': scram,
    'scram-sha-512': scram,
    // Takes tokens that nobody signed: who somebody is, is what they say.
    oauthbearer: `${LOGIN_MODULES}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
  }
  return Object.fromEntries(
    Object.entries(modules).map(([mechanism, module]) => [
      `listener.name.sasl_ssl.${mechanism}.sasl.jaas.config`,
      module,
    ]),
  )
}

function authorizer(users, limited) {
  const trusted = ['ANONYMOUS', `CN=${CLIENT}`, ...Object.keys(users).filter((name) => !limited.includes(name))]
  return {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': trusted.map((name) => `User:${name}`).join(';'),
  }
}
