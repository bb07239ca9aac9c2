import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const DOCS = join(import.meta.dirname, '../../docs')

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

test.each(['openapi', 'asyncapi'])('/docs/%s.json is the document as it is', async (name) => {
  const response = await fetch(`${gateway.url}/docs/${name}.json`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  expect(await response.text()).toBe(readFileSync(join(DOCS, `${name}.json`), 'utf8'))
})

test.each(['/docs', '/docs/'])('%s is a page, with a style of its own and no script', async (path) => {
  const response = await fetch(gateway.url + path)
  expect(response.headers.get('content-type')).toMatch(/^text\/html/)
  expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'/)
  const page = await response.text()
  expect(page).toContain('/api/rooms/{room}/events')
  expect(page).toContain('Authorization: Bearer')
  expect(page).not.toContain('<script')
  const style = /<link rel="stylesheet" href="([^"]+)">/.exec(page)?.[1]
  expect((await fetch(gateway.url + style)).headers.get('content-type')).toMatch(/^text\/css/)
})
