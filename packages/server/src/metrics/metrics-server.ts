import { hash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigError } from '../environment.ts'
import { CONTENT_TYPE } from './exposition.ts'

/** @param token `undefined`: everybody may. */
export function mayScrape(authorization: string | undefined, token: string | undefined): boolean {
  if (token === undefined) return true
  // Of equal length whatever was shown, so that the time it takes says nothing.
  const digest = (text: string) => hash('sha256', text, 'buffer')
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`))
}

export interface MetricsServer {
  readonly port: number
  close(): Promise<void>
}

/**
 * Serves `/metrics`, and nothing else, on a port of its own.
 *
 * @throws ConfigError when it cannot listen there.
 */
export async function metricsServer(
  { host, port, token }: { readonly host: string; readonly port: number; readonly token: string | undefined },
  scrape: () => string,
): Promise<MetricsServer> {
  const server = createServer((request, response) => answer(request, response, token, scrape))
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    throw new ConfigError(`WR_METRICS_PORT cannot be listened on${code}`)
  }
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  token: string | undefined,
  scrape: () => string,
): void {
  const isAsked = request.method === 'GET' && request.url === '/metrics'
  if (!isAsked) response.writeHead(404).end()
  else if (!mayScrape(request.headers.authorization, token)) response.writeHead(401, UNAUTHORIZED).end()
  else response.writeHead(200, { 'content-type': CONTENT_TYPE, 'cache-control': 'no-store' }).end(scrape())
}

export const UNAUTHORIZED = { 'www-authenticate': 'Bearer', 'cache-control': 'no-store' } as const
