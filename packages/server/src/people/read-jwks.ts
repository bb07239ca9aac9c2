/** How long a key server may take, and how much it may say. Sets of a dozen keys are 10 kB. */
const TIMEOUT_MS = 3_000
const MOST_BYTES = 64 * 1024

/**
 * Reads a JSON Web Key Set, from there and nowhere else: redirects are not followed.
 *
 * @throws Error when it cannot be had, is too long, or is no JSON.
 */
export async function readJwks(url: string): Promise<unknown> {
  const response = await fetch(url, {
    redirect: 'error',
    headers: { accept: 'application/jwk-set+json, application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error('the key server answers with another status than 200')
  }
  return JSON.parse(await textOf(response))
}

async function textOf({ body }: Response): Promise<string> {
  const reader = body?.getReader()
  const next = async (): Promise<unknown> => (await reader?.read())?.value
  const parts: Uint8Array[] = []
  let bytes = 0
  for (let part = await next(); part instanceof Uint8Array; part = await next()) {
    bytes += part.length
    parts.push(part)
    if (bytes <= MOST_BYTES) continue
    await reader?.cancel()
    throw new Error('the key server says too much')
  }
  return Buffer.concat(parts).toString()
}
