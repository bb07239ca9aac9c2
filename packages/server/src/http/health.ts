import type { FastifyInstance } from 'fastify'

/** `/livez`: the process answers. `/readyz`: it can pass messages on. */
export function addHealth(server: FastifyInstance, isReady: () => boolean): void {
  server.get('/livez', (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }))
  server.get('/readyz', (_request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .code(isReady() ? 200 : 503)
      .send({ status: isReady() ? 'ok' : 'not ready' }),
  )
}
