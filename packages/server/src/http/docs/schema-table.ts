import { code, prose, table } from './html.ts'

/** A JSON Schema, as far as the page shows it. */
export interface Schema {
  readonly $ref?: string
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

/** One row per property, those of objects in it as well. */
export function schemaTable(schema: Schema): string {
  return table(['Field', 'Type', 'Meaning'], [...rowsOf(schema, '')])
}

function* rowsOf({ properties = {}, required = [] }: Schema, path: string): Generator<string[]> {
  for (const [name, property] of Object.entries(properties)) {
    const isOptional = !required.includes(name)
    yield [
      code(`${path}${name}`) + (isOptional ? ' ?' : ''),
      prose(typeOf(property)),
      prose(property.description ?? ''),
    ]
    const inner = property.items ?? property.anyOf?.find((one) => one.properties !== undefined) ?? property
    yield* rowsOf(inner, `${path}${name}${property.items === undefined ? '' : '[]'}.`)
  }
}

/** What a value may be, in words and in code between backticks. */
export function typeOf({ type, const: only, enum: values, items, anyOf }: Schema): string {
  if (only !== undefined) return `\`${JSON.stringify(only)}\``
  if (values !== undefined) return values.map((value) => `\`${JSON.stringify(value)}\``).join(', ')
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ')
  if (items !== undefined) return `list of ${typeOf(items)}`
  return typeof type === 'string' ? type : (type ?? []).join(' or ')
}
