/** The same bytes, as a Buffer. */
export function asBuffer(body: Uint8Array): Buffer {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}

/** The JSON object in the body of a record of a known kind; empty when it is none. */
export function readBody(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(asBuffer(body).toString())
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** A body for a record of a known kind. */
export function writeBody(value: object): Buffer {
  return Buffer.from(JSON.stringify(value))
}
