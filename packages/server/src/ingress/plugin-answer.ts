import { faultOfText, isMeta, type Meta } from '@whisperrooms/protocol'

/** Bytes of `meta` as JSON that a plugin may hand on. */
const META_BYTES = 16 * 1024

export interface PluginAnswer {
  readonly text: string
  readonly meta: Meta
  readonly rejected: boolean
}

/** @returns what a plugin has handed on, as a copy nobody else can change; `undefined` when it is not what a message may be. */
export function readAnswer(value: unknown): PluginAnswer | undefined {
  try {
    if (typeof value !== 'object' || value === null) return undefined
    const { text, meta, rejected } = value as Readonly<Record<string, unknown>>
    if (typeof text !== 'string' || faultOfText(text) !== undefined) return undefined
    const copy = meta === undefined ? {} : copyOf(meta)
    return copy === undefined ? undefined : { text, meta: copy, rejected: rejected === true }
  } catch {
    return undefined
  }
}

/** As it will be on the wire: what JSON cannot say is gone. @throws for what JSON cannot be made of. */
function copyOf(meta: unknown): Meta | undefined {
  const json: unknown = JSON.stringify(meta)
  if (typeof json !== 'string' || Buffer.byteLength(json) > META_BYTES) return undefined
  const copy: unknown = JSON.parse(json)
  return isMeta(copy) ? copy : undefined
}
