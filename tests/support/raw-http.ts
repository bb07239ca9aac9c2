import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { within } from './inbox.ts'

/** An answer of HTTP as it came over the wire. */
export interface RawResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** A connection over which a test speaks HTTP byte by byte. */
export interface RawHttp {
  readonly socket: Socket
  /** Everything that came. */
  text(): string
  /** The other end has ended it. */
  readonly closed: Promise<void>
}

export async function openRawHttp(url: string, host?: string): Promise<RawHttp> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: host ?? hostname, port: Number(port) })
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })
  await within(once(socket, 'connect'), 'the connection')
  return { socket, text: () => Buffer.concat(chunks).toString(), closed }
}

/** Sends one request, and waits until the connection has been ended. */
export async function exchange(url: string, request: string): Promise<RawResponse> {
  const { socket, text, closed } = await openRawHttp(url)
  socket.write(request)
  await within(closed, 'the end of the connection', 15_000)
  return parseResponse(text())
}

export function parseResponse(text: string): RawResponse {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = new Headers()
  for (const line of lines) headers.append(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim())
  return { status: Number(first.split(' ')[1]), headers, body: rest.join('\r\n\r\n') }
}

/** The code of an answer's error. */
export function codeOf({ body }: RawResponse): unknown {
  const answer: { error?: { code?: unknown } } = JSON.parse(body)
  return answer.error?.code
}
