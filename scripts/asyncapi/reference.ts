import { typeOf } from '../../packages/server/src/http/docs/schema-table.ts'
import type { Schema } from './describe.ts'
import { FRAMES } from './document.ts'

const BEGIN =
  '<!-- The rest is made by `npm run asyncapi` from the schemas in packages/protocol and scripts/asyncapi/words.ts. -->'

/** What the page says of all frames together. */
const SAID_ONCE: ReadonlySet<string> = new Set(['`type`', '`re` ?'])

/** `docs/protocol.md` with its reference made anew; what stands before it is let be. @throws when it has no place for it. */
export function withReference(page: string): string {
  const at = page.indexOf(BEGIN)
  if (at < 0) throw new Error('docs/protocol.md has lost the line behind which its reference is')
  return `${page.slice(0, at)}${BEGIN}\n\n${reference()}`
}

function reference(): string {
  return [
    '## Frames from the client',
    ...Object.entries(FRAMES.client).map(frame),
    '## Frames from the server',
    ...Object.entries(FRAMES.server).map(frame),
  ]
    .join('\n\n')
    .concat('\n')
}

function frame([type, schema]: [string, Schema]): string {
  const rows = rowsOf(schema, '').filter(([name]) => !SAID_ONCE.has(name ?? ''))
  const table = [
    '| Field | Type | Meaning |',
    '|---|---|---|',
    ...rows.map((cells) => `| ${cells.map(escaped).join(' | ')} |`),
  ]
  return [`### ${type}`, schema.description ?? '', ...(rows.length === 0 ? [] : [table.join('\n')])].join('\n\n')
}

/** One row per property, those of objects in it as well. */
function rowsOf({ properties = {}, required = [] }: Schema, path: string): string[][] {
  return Object.entries(properties).flatMap(([name, property]) => {
    const isOptional = !required.includes(name)
    const own = [`\`${path}${name}\`${isOptional ? ' ?' : ''}`, typeOf(property), property.description ?? '']
    const inner = property.items?.properties === undefined ? property : property.items
    return [own, ...rowsOf(inner, `${path}${name}${inner === property ? '' : '[]'}.`)]
  })
}

const escaped = (cell: string): string => cell.replaceAll('|', '\\|')
