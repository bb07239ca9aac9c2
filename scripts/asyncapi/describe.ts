import * as z from 'zod/mini'
import type { Words } from './words.ts'

/** A JSON Schema (draft 7), as far as it is looked at here. */
export interface Schema {
  description?: string
  type?: string | readonly string[]
  const?: unknown
  enum?: readonly unknown[]
  readOnly?: boolean
  minimum?: number
  maximum?: number
  items?: Schema
  anyOf?: readonly Schema[]
  properties?: Readonly<Record<string, Schema>>
  required?: readonly string[]
  [other: string]: unknown
}

/**
 * A schema with words: each property has its description.
 *
 * @throws when a property has no words, or words have no property.
 */
export function describe(
  name: string,
  schema: z.ZodMiniType,
  words: Words | undefined,
  common: Record<string, string>,
): Schema {
  if (words === undefined) throw new Error(`scripts/asyncapi/words.ts says nothing about ${name}`)
  const { $schema: _, ...described } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: tidy,
  }) as Schema
  const own = { ...words.fields }
  const used = new Set<string>()

  function add(properties: Schema['properties'], path: string): void {
    for (const [field, property] of Object.entries(properties ?? {})) {
      const place = `${path}${field}`
      const key = Object.hasOwn(own, place) ? place : undefined
      const description = key === undefined ? common[field] : own[key]
      if (description === undefined) throw new Error(`scripts/asyncapi/words.ts says nothing about ${name}: ${place}`)
      if (key !== undefined) used.add(key)
      property.description = description
      add(property.properties, `${place}.`)
      add(property.items?.properties, `${place}.`)
      for (const one of property.anyOf ?? []) add(one.properties, `${place}.`)
    }
  }

  add(described.properties, '')
  const unused = Object.keys(own).filter((field) => !used.has(field))
  if (unused.length > 0) throw new Error(`${name} has no ${unused.join(', ')}: see scripts/asyncapi/words.ts`)
  return { description: words.about, ...described }
}

/** Takes out what says nothing: bounds that every safe integer keeps, and that a list is read-only in TypeScript. */
function tidy({ jsonSchema }: { readonly jsonSchema: object }): void {
  const schema: Schema = jsonSchema as Schema
  delete schema.readOnly
  delete schema['propertyNames']
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
}
