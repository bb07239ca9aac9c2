const WORDS = '(?:[A-Z0-9]{1,16} ){0,4}'

/** A private key as PEM, to its end or that of the text. The line ends may be written as `\n`. */
const PEM = new RegExp(
  `-----BEGIN ${WORDS}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END ${WORDS}PRIVATE KEY(?: BLOCK)?-----|$)`,
  'g',
)

/** Tokens that say themselves what they are; each is as long as its issuer makes it, at the least. */
const TOKENS = [
  // AWS: access key ids
  'A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}(?![A-Za-z0-9])',
  // Google: API keys, access tokens, client secrets
  'AIza[A-Za-z0-9_-]{35}',
  'ya29\\.[A-Za-z0-9_-]{20,}',
  'GOCSPX-[A-Za-z0-9_-]{28}',
  // GitHub, GitLab, npm
  'gh[pousr]_[A-Za-z0-9]{36,}',
  'github_pat_[A-Za-z0-9_]{22,}',
  'glpat-[A-Za-z0-9_-]{20,}',
  'npm_[A-Za-z0-9]{36}',
  // Slack
  'x(?:ox[abeoprs]|app)-[A-Za-z0-9-]{10,}',
  // Stripe
  '[rs]k_(?:live|test)_[A-Za-z0-9]{16,}',
  // JSON Web Tokens
  'eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}',
]
/** They begin where no other token could be under way, so that no character is looked at twice for the same one. */
const TOKEN = new RegExp(`(?<![A-Za-z0-9_-])(?:${TOKENS.join('|')})`, 'g')
/** Something that must be in a text with one of them; found sooner. */
const MAY_HAVE_TOKEN =
  /A(?:KIA|SIA|BIA|CCA)|AIza|ya29\.|GOCSPX-|gh[pousr]_|github_pat_|glpat-|npm_|xox|xapp-|[rs]k_(?:live|test)_|eyJ/

/** What has no form of its own, behind the name it usually has. */
const NAMED = /(aws_?secret(?:_?access)?_?key["']?\s{0,4}[:=]\s{0,4}["']?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/gi
const MAY_BE_NAMED = /aws_?secret/i
const SLACK_HOOK = /(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[A-Za-z0-9/_-]{10,}/g

/** Replaces secrets that are known by their form: private keys, and the keys and tokens of some clouds and forges. */
export function redactSecrets(text: string, mark: string): string {
  let redacted = text
  if (redacted.includes('-----BEGIN ')) redacted = redacted.replace(PEM, mark)
  if (MAY_HAVE_TOKEN.test(redacted)) redacted = redacted.replace(TOKEN, mark)
  if (MAY_BE_NAMED.test(redacted)) redacted = redacted.replace(NAMED, `$1${mark}`)
  if (redacted.includes('hooks.slack.com/')) redacted = redacted.replace(SLACK_HOOK, `$1${mark}`)
  return redacted
}
