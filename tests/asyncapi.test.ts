import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import specs from '@asyncapi/specs'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { documents } from '../scripts/asyncapi/documents.ts'
import { ASYNC_API } from './support/frame-schemas.ts'

const ROOT = join(import.meta.dirname, '..')

/** Every value in a document, with the names that lead to it. */
function* everything(value: unknown, path = '#'): Generator<[path: string, value: unknown]> {
  yield [path, value]
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) yield* everything(inner, `${path}/${name.replaceAll('/', '~1')}`)
}

test.each(Object.entries(documents))('%s is what the schemas say; `npm run asyncapi` makes it anew', (file, make) => {
  const present = readFileSync(join(ROOT, file), 'utf8')
  expect(present).toBe(make(() => present))
})

test('docs/asyncapi.json is an AsyncAPI 3 document', () => {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
  const schema: object = specs.schemasWithoutId['3.0.0']
  const isValid = ajv.compile(schema)
  expect(isValid(ASYNC_API) ? [] : isValid.errors).toEqual([])
  expect(isValid({ ...ASYNC_API, asyncapi: '2.6.0' })).toBe(false)
  expect(isValid({ ...ASYNC_API, channels: { room: { address: 7 } } })).toBe(false)
})

test('whatever docs/asyncapi.json refers to is in it', () => {
  const places = new Map(everything(ASYNC_API))
  const refs = [...places].filter(([path]) => path.endsWith('/$ref')).map(([, ref]) => ref)
  expect(refs.length).toBeGreaterThan(50)
  expect(refs.filter((ref) => !places.has(String(ref)))).toEqual([])
})

test('every schema in docs/asyncapi.json is one, and every property has a description', () => {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true })
  for (const schema of Object.values(ASYNC_API.components.schemas)) ajv.compile(schema)
  const undescribed = [...everything(ASYNC_API.components.schemas)].filter(
    ([path, value]) => /\/properties\/[^/]+$/.test(path) && !/"description":"[^"]/.test(JSON.stringify(value)),
  )
  expect(undescribed).toEqual([])
})
