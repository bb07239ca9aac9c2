/** How long words may live on this server, in seconds, as it tells before anybody enters. */
export interface TtlLimits {
  readonly ttlMin: number
  readonly ttlMax: number
  readonly ttlDefault: number
}

/** What a server allows that was not asked to be different. */
export const USUAL_LIMITS: TtlLimits = { ttlMin: 120, ttlMax: 300, ttlDefault: 180 }

/** What the page offers where the server allows it, in seconds. */
const USUAL_CHOICES = [120, 180, 240, 300]

/** What to choose from: the usual times that the server allows, or else its own. In seconds, from short to long. */
export function ttlChoices({ ttlMin, ttlMax, ttlDefault }: TtlLimits): readonly number[] {
  const allowed = USUAL_CHOICES.filter((seconds) => seconds >= ttlMin && seconds <= ttlMax)
  if (allowed.length > 1) return allowed
  return [...new Set([ttlMin, ...allowed, ttlDefault, ttlMax])].sort((a, b) => a - b)
}

/** The same, with the time that is chosen already among them, at its place. */
export function ttlChoicesWith(seconds: number, limits: TtlLimits): readonly number[] {
  return [...new Set([...ttlChoices(limits), seconds])].sort((a, b) => a - b)
}

/** Reads the answer of `/api/limits`; `undefined` when it is something else. */
export function readTtlLimits(answer: unknown): TtlLimits | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined
  const { ttlMin, ttlMax, ttlDefault } = { ttlMin: 0, ttlMax: 0, ttlDefault: 0, ...answer }
  const isTime = (seconds: unknown) => typeof seconds === 'number' && seconds > 0
  return [ttlMin, ttlMax, ttlDefault].every(isTime) ? { ttlMin, ttlMax, ttlDefault } : undefined
}
