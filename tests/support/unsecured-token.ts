/** A bearer token that nobody signed: a broker for tests believes it. @param lifeSeconds how long it is valid, from now on. */
export function unsecuredToken(subject: string, lifeSeconds: number): string {
  const nowSeconds = Date.now() / 1000
  const parts = [{ alg: 'none' }, { sub: subject, iat: nowSeconds - 1, exp: nowSeconds + lifeSeconds }]
  return `${parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`
}
