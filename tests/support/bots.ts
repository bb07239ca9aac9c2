import { randomBytes } from 'node:crypto'

export interface TestBotToken {
  readonly name: string
  readonly token: string
  readonly rooms: readonly string[]
  readonly rights: readonly ('read' | 'post' | 'create')[]
}

export const newToken = (): string => randomBytes(24).toString('base64url')

export interface Posted {
  readonly status: number
  readonly headers: Headers
  readonly body: {
    readonly error?: {
      readonly code: string
      readonly message: string
      readonly key?: string
      readonly retryAfter?: number
    }
    readonly [field: string]: unknown
  }
}

/** Posts an object as JSON, or text or bytes as they are. */
export async function post(
  url: string,
  room: string,
  token: string,
  body: object | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Posted> {
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body)
  const response = await fetch(`${url}/api/rooms/${room}/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: isRaw ? (body as string) : JSON.stringify(body),
  })
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
}
