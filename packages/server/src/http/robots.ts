import type { FastifyInstance } from 'fastify'

/** What is no page to be found by, whoever links to it. */
const UNLISTED = /^\/(?:r|api|ws|docs)(?:\/|\?|$)/

/**
 * Those who obey `noindex` must be let see it: whom robots.txt keeps from a page lists its address all the same when somebody links to
 * it, and a private room's address is its key. All others are kept out.
 */
const ROBOTS = `User-agent: Googlebot
User-agent: Bingbot
User-agent: DuckDuckBot
Disallow: /api/
Disallow: /ws/

User-agent: *
Disallow: /r/
Disallow: /api/
Disallow: /ws/
`

/** Rooms and what programs ask for are in no index. */
export function refuseIndexing(server: FastifyInstance): void {
  server.addHook('onSend', async (request, reply) => {
    if (UNLISTED.test(request.url)) reply.header('x-robots-tag', 'noindex, nofollow, noarchive')
  })
}

export function addRobots(server: FastifyInstance): void {
  server.get('/robots.txt', (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('text/plain; charset=utf-8').send(ROBOTS),
  )
}
