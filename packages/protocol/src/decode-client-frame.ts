import { CLIENT_SCHEMAS, type ClientFrame, type ClientFrameType } from './client-frames.ts'
import type { ErrorCode } from './errors.ts'
import { KEY_PATTERN, type Key } from './ids.ts'
import { LIMITS } from './limits.ts'

export type Decoded =
  | { readonly ok: true; readonly frame: ClientFrame }
  | { readonly ok: false; readonly code: ErrorCode; readonly key?: Key; readonly re?: string }

/** Reads one client frame. Never throws; a refusal carries the `key` and `re` the frame had, when those were readable. */
export function decodeClientFrame(text: string): Decoded {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, code: 'bad_frame' }
  }
  if (!isRecord(value)) return { ok: false, code: 'bad_frame' }
  const type = value['type']
  if (typeof type !== 'string') return { ok: false, code: 'bad_frame', ...echoOf(value) }
  if (!isClientFrameType(type)) return { ok: false, code: 'unknown_type', ...echoOf(value) }
  const parsed = CLIENT_SCHEMAS[type].safeParse(value)
  return parsed.success ? { ok: true, frame: parsed.data } : { ok: false, code: 'bad_frame', ...echoOf(value) }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isClientFrameType(type: string): type is ClientFrameType {
  return Object.hasOwn(CLIENT_SCHEMAS, type)
}

function echoOf(value: Record<string, unknown>): { key?: Key; re?: string } {
  const { key, re } = value
  return {
    ...(typeof key === 'string' && KEY_PATTERN.test(key) ? { key: key as Key } : {}),
    ...(typeof re === 'string' && re.length <= LIMITS.reChars ? { re } : {}),
  }
}
