import { cleanName, faultOfText, isMeta, LIMITS } from '@whisperrooms/protocol'

/** Characters of `sealed`: the longest text and what encryption and base64 add, generously. */
const SEALED_CHARS = 32 * 1024
/** Names of this kind are clean as they stand, which is what `cleanName` takes its time to find out. */
const PLAIN_NAME = /^[!-~]+(?: [!-~]+)*$/
const STRINGS = /"[^"\\]*(?:\\.[^"\\]*)*"/g

/**
 * Judges the body of a `message`: one JSON object with `from`, `text` or `sealed`, `replyTo` and `meta`, each as the protocol has it.
 * The bytes become the rest of the frame that members get, so nothing else may be in them, and nothing twice.
 *
 * @param body valid UTF-8.
 * @returns what may stand in a frame: `body` itself when it is written as `JSON.stringify` would, else the same in that form;
 *   `undefined` when it is no such object. Never throws.
 */
export function readMessageBody(body: Buffer, member: string): Buffer | undefined {
  const json = body.toString()
  try {
    const value: unknown = JSON.parse(json)
    if (!isMessage(value, member)) return undefined
    const written = JSON.stringify(value)
    if (written === json) return body
    return membersIn(written) === membersIn(json) ? Buffer.from(written) : undefined
  } catch {
    return undefined
  }
}

function isMessage(value: unknown, member: string): value is object {
  if (!isObject(value)) return false
  const { from, text, sealed, replyTo, meta } = value
  return (
    isObject(from) &&
    from['id'] === member &&
    isName(from['name']) &&
    countOf(from) === 2 &&
    (text === undefined ? isSealed(sealed) : sealed === undefined && isText(text)) &&
    (replyTo === undefined || (Number.isSafeInteger(replyTo) && (replyTo as number) >= 0)) &&
    (meta === undefined || isMeta(meta)) &&
    countOf(value) === 2 + Number(replyTo !== undefined) + Number(meta !== undefined)
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function countOf(value: object): number {
  let count = 0
  for (const _ in value) count++
  return count
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && faultOfText(value) === undefined
}

function isName(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > LIMITS.nameChars) return false
  return PLAIN_NAME.test(value) || cleanName(value) === value
}

function isSealed(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= SEALED_CHARS && value.isWellFormed()
}

/** How many members the objects in a JSON text have: one per colon outside of strings. Reading drops those that come twice. */
function membersIn(json: string): number {
  return json.replace(STRINGS, '').split(':').length - 1
}
