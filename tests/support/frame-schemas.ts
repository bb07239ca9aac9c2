import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'

/** An AsyncAPI document, as far as tests look at it. */
export interface AsyncApi {
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
  readonly [part: string]: unknown
}

export const ASYNC_API: AsyncApi = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/asyncapi.json'), 'utf8'),
)

const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true })
const compiled = new Map<string, ValidateFunction>()

/** What is wrong with a frame by docs/asyncapi.json; a field that the document does not name is wrong as well. */
export function faultsOf(sender: 'client' | 'server', frame: object): string[] {
  const type = 'type' in frame ? String(frame.type) : 'without a type'
  const name = `${sender}-${type}`
  const schema = ASYNC_API.components.schemas[name]
  if (schema === undefined) return [`there is no frame ${name}`]
  const validate = compiled.get(name) ?? ajv.compile(withoutMore(schema))
  compiled.set(name, validate)
  if (validate(frame)) return []
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [name + instancePath, message, JSON.stringify(params)].join(' '),
  )
}

/** The schema, allowing no more than it names: readers ignore what they do not know, tests do not. */
function withoutMore(schema: object): object {
  const inner = Object.fromEntries(
    Object.entries(schema).map(([name, value]: [string, unknown]) => [
      name,
      isObject(value) ? withoutMore(value) : value,
    ]),
  )
  return 'properties' in schema && 'type' in schema ? { additionalProperties: false, ...inner } : inner
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
