import type { FastifyInstance } from 'fastify'

interface Path {
  /** `:name` stands for any part. */
  readonly parts: readonly string[]
  readonly methods: Set<string>
}

/**
 * Learns which methods each path has, of all routes that are added from now on.
 *
 * @returns the methods of a URL's path; none for a path that is not there.
 */
export function allowedMethods(server: FastifyInstance): (url: string) => readonly string[] {
  const paths = new Map<string, Path>()
  server.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return
    const path = paths.get(url) ?? { parts: url.split('/'), methods: new Set() }
    paths.set(url, path)
    for (const one of [method].flat()) path.methods.add(one)
  })

  return (url) => {
    const parts = (url.split('?', 1)[0] ?? '').split('/')
    const isIt = (path: Path): boolean =>
      path.parts.length === parts.length &&
      path.parts.every((part, i) => part === parts[i] || (part.startsWith(':') && parts[i] !== ''))
    const found = [...paths.values()].filter(isIt).flatMap(({ methods }) => [...methods])
    return [...new Set(found)].sort()
  }
}
