import type { FastifyInstance } from 'fastify'
import { CONTENT_TYPE } from '../metrics/exposition.ts'
import { mayScrape, UNAUTHORIZED } from '../metrics/metrics-server.ts'

export interface MetricsRoute {
  readonly token: string
  readonly scrape: () => string
}

/** `/metrics` on the port that everybody can reach: behind a token. */
export function addMetrics(server: FastifyInstance, { token, scrape }: MetricsRoute): void {
  server.get('/metrics', (request, reply) =>
    mayScrape(request.headers.authorization, token)
      ? reply.header('cache-control', 'no-store').type(CONTENT_TYPE).send(scrape())
      : reply
          .code(401)
          .headers(UNAUTHORIZED)
          .send({ error: { code: 'bad_token' } }),
  )
}
