import { isUtf8 } from 'node:buffer'
import { LIMITS } from '@whisperrooms/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Some editors and languages put it before a text; RFC 8259 lets a reader pass over it. */
const BYTE_ORDER_MARK = /^\uFEFF/

/** A body that cannot be read, with the status that says why; its message repeats nothing of it. */
export class BodyFault extends Error {
  override readonly name = 'BodyFault'
  readonly statusCode: 400 | 415

  constructor(statusCode: 400 | 415, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

/** Takes JSON in UTF-8, up to the size of a client's frame, and nothing else. */
export function takeJsonAlone(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: LIMITS.frameBytes },
    async ({ headers }: FastifyRequest, body: Buffer) => {
      const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(headers['content-type'] ?? '')?.[1]
      if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw new BodyFault(415, 'The body is not UTF-8.')
      return parse(body)
    },
  )
}

/** The parser's own error would quote the body. */
function parse(body: Buffer): unknown {
  if (!isUtf8(body)) throw new BodyFault(400, 'The body is not UTF-8.')
  try {
    return JSON.parse(body.toString().replace(BYTE_ORDER_MARK, ''))
  } catch {
    throw new BodyFault(400, 'The body is not JSON.')
  }
}
