import { type Environment, orNothing, reader, secretValue, textOrNothing, variable } from './environment.ts'
import { weaknessOf } from './secret-strength.ts'

/** What whoever runs the server has to say in it. */
export interface AdminConfig {
  /** What whoever uses `/api/admin` must show as a bearer token; `undefined`: there is no `/api/admin`. */
  readonly token: string | undefined
  /** Where the page says that abuse can be reported: a `mailto:` or `https:` URL; `undefined`: nowhere. */
  readonly abuseContact: string | undefined
}

const SHORTEST_TOKEN = 32
const LONGEST_CONTACT = 500

export const ADMIN_VARIABLES = {
  WR_ADMIN_TOKEN: variable(
    'The bearer token of the operator, at least 32 characters and random; without it there is no /api/admin',
    '',
    orNothing(token),
  ),
  WR_ADMIN_TOKEN_FILE: variable('A file with that token', '', textOrNothing),
  WR_ABUSE_CONTACT: variable('Where abuse can be reported: a mailto: or https: URL', '', orNothing(contact)),
} as const

/** @throws ConfigError */
export function readAdminConfig(environment: Environment): AdminConfig {
  return Object.freeze({
    token: secretValue(environment, 'WR_ADMIN_TOKEN', ADMIN_VARIABLES.WR_ADMIN_TOKEN),
    abuseContact: reader(environment, ADMIN_VARIABLES).value('WR_ABUSE_CONTACT'),
  })
}

function token(text: string): string {
  // RFC 6750, section 2.1.
  if (text.length < SHORTEST_TOKEN || !/^[\w.~+/-]+=*$/.test(text))
    throw new Error(`must have at least ${SHORTEST_TOKEN} characters of A-Z a-z 0-9 - . _ ~ + /`)
  // Nobody is kept from guessing.
  const weakness = weaknessOf(text)
  if (weakness !== undefined) throw new Error(weakness)
  return text
}

/** It becomes a link on the page: no other scheme may get there. */
function contact(text: string): string {
  const { protocol } = URL.canParse(text) ? new URL(text) : { protocol: '' }
  const isMail = protocol === 'mailto:' && /^mailto:[^\s@?]+@[^\s@?]+(?:\?\S*)?$/i.test(text)
  if ((isMail || protocol === 'https:') && text.length <= LONGEST_CONTACT) return text
  throw new Error('must be a mailto: or https: URL')
}
