import { code, escaped, prose, table } from './html.ts'
import { type Schema, schemaTable } from './schema-table.ts'

interface Media {
  readonly content?: Readonly<
    Record<string, { readonly schema: Schema; readonly 'x-events'?: Readonly<Record<string, Schema>> }>
  >
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly description: string
}

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly security?: readonly object[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Media & { readonly description: string }
  readonly responses: Readonly<Record<string, Media & { readonly description: string }>>
}

interface Path {
  readonly parameters?: readonly Parameter[]
  readonly get?: Operation
  readonly post?: Operation
}

/** An OpenAPI document, as far as the page shows it. */
export interface OpenApi {
  readonly info: { readonly title: string; readonly description: string }
  readonly paths: Readonly<Record<string, Path>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** An AsyncAPI document, as far as the page shows it. */
export interface AsyncApi {
  readonly channels: { readonly room: { readonly address: string; readonly description: string } }
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** The two documents as a page: no script, and nothing from elsewhere. */
export function docsPage(openApi: OpenApi, asyncApi: AsyncApi): string {
  const { title, description } = openApi.info
  const { room } = asyncApi.channels
  const operations = Object.entries(openApi.paths).flatMap(([path, { parameters = [], get, post }]) => [
    ...(post === undefined ? [] : [operation('POST', path, parameters, post, openApi)]),
    ...(get === undefined ? [] : [operation('GET', path, parameters, get, openApi)]),
  ])
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}: HTTP and WebSocket</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<p>${prose(description)}</p>
<nav><a href="#http">HTTP</a> <a href="#client">Frames from the client</a> <a href="#server">Frames from the server</a>
<a href="/docs/openapi.json">openapi.json</a> <a href="/docs/asyncapi.json">asyncapi.json</a></nav>
</header>
<main>
<h2 id="http">HTTP</h2>
${operations.join('\n')}
<h2>WebSocket</h2>
<p>${code(room.address)}. ${prose(room.description)}</p>
<h2 id="client">Frames from the client</h2>
${frames(asyncApi, 'client')}
<h2 id="server">Frames from the server</h2>
${frames(asyncApi, 'server')}
</main>
</body>
</html>
`
}

function operation(method: string, path: string, shared: readonly Parameter[], found: Operation, api: OpenApi): string {
  const { operationId, summary, description, security = [], requestBody, responses } = found
  const parameters = [...shared, ...(found.parameters ?? [])]
  const body = Object.values(requestBody?.content ?? {})[0]?.schema
  return `<section id="${escaped(operationId)}">
<h3>${escaped(summary)}</h3>
<p class="route"><b>${method}</b> ${code(path)}${security.length > 0 ? ' with <code>Authorization: Bearer …</code>' : ''}</p>
${description === undefined ? '' : `<p>${prose(description)}</p>`}
${table(
  ['Parameter', 'In', 'Meaning'],
  parameters.map((one) => [code(one.name), one.in, prose(one.description)]),
)}
${body === undefined ? '' : `<h4>Body</h4><p>${prose(requestBody?.description ?? '')}</p>${schemaTable(resolved(body, api))}`}
<h4>Answers</h4>
${table(
  ['Status', 'Meaning'],
  Object.entries(responses).map(([status, answer]) => [code(status), prose(answer.description)]),
)}
${answerOf(responses['200'], api)}
</section>`
}

/** What a good answer holds. */
function answerOf(answer: Media | undefined, api: OpenApi): string {
  const media = Object.values(answer?.content ?? {})[0]
  if (media === undefined) return ''
  const events = Object.entries(media['x-events'] ?? {})
  if (events.length === 0) return schemaTable(resolved(media.schema, api))
  return events
    .map(([name, schema]) => {
      const found = resolved(schema, api)
      return `<details><summary>${code(name)} ${prose(found.description ?? '')}</summary>${schemaTable(found)}</details>`
    })
    .join('\n')
}

function resolved(schema: Schema, { components }: OpenApi): Schema {
  const name = schema.$ref?.split('/').at(-1)
  return name === undefined ? schema : (components.schemas[name] ?? {})
}

function frames({ components }: AsyncApi, sender: 'client' | 'server'): string {
  return Object.entries(components.schemas)
    .filter(([name]) => name.startsWith(`${sender}-`))
    .map(([name, schema]) => {
      const type = name.slice(sender.length + 1)
      return `<section id="${escaped(name)}"><h3>${escaped(type)}</h3><p>${prose(schema.description ?? '')}</p>${schemaTable(schema)}</section>`
    })
    .join('\n')
}
