import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { type AsyncApi, docsPage, type OpenApi } from './docs-page.ts'

const STYLE = join(import.meta.dirname, 'style.css')
const NAMES = ['openapi', 'asyncapi'] as const

/**
 * `/docs`: what HTTP and the WebSocket offer, as a page and as raw documents. Read when somebody asks for the first time: the start
 * does not wait for it.
 *
 * @param folder where `openapi.json` and `asyncapi.json` are; without them there is no `/docs`.
 */
export function addDocs(server: FastifyInstance, folder: string): void {
  const paths = NAMES.map((name) => join(folder, `${name}.json`))
  if (!paths.every(existsSync)) return
  const read = once(() => paths.map((path) => readFileSync(path, 'utf8')))
  const page = once(() => {
    const [openApi = '{}', asyncApi = '{}'] = read()
    return docsPage(JSON.parse(openApi) as OpenApi, JSON.parse(asyncApi) as AsyncApi)
  })
  const style = once(() => readFileSync(STYLE, 'utf8'))

  for (const [i, name] of NAMES.entries()) serve(`/docs/${name}.json`, 'application/json', () => read()[i] ?? '')
  serve('/docs/style.css', 'text/css; charset=utf-8', style)
  for (const path of ['/docs', '/docs/']) serve(path, 'text/html; charset=utf-8', page)

  function serve(path: string, type: string, content: () => string): void {
    server.get(path, (_request, reply) => reply.header('cache-control', 'no-cache').type(type).send(content()))
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
