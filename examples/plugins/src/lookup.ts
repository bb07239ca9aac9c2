import { Duplex } from 'node:stream'

/** What this plugin needs of a message; docs/pipeline.md has the whole of it. */
interface Message {
  readonly text: string
  readonly meta: Record<string, unknown>
}

/** How long the tracker may take to answer, in milliseconds: less than WR_PLUGIN_TIMEOUT, so that messages go on without it. */
const PATIENCE_MS = 500
const TICKET = /\b[A-Z]{2,8}-\d{1,6}\b/

/**
 * Puts the title of the ticket that a message names, such as `OPS-17`, into `meta.ticket`. The tracker at LOOKUP_URL answers
 * `GET /OPS-17` with `{"title": "…"}`. Without an answer the message goes on as it is.
 */
export default function lookup(): Duplex {
  return Duplex.from(async function* (messages: AsyncIterable<Message>) {
    for await (const message of messages) yield await withTitle(message)
  })
}

async function withTitle(message: Message): Promise<Message> {
  const [id] = TICKET.exec(message.text) ?? []
  const title = id === undefined ? undefined : await titleOf(id)
  return title === undefined ? message : { ...message, meta: { ...message.meta, ticket: { id, title } } }
}

async function titleOf(id: string): Promise<string | undefined> {
  try {
    const url = new URL(id, process.env['LOOKUP_URL'])
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) })
    const answer: unknown = response.ok ? await response.json() : undefined
    if (typeof answer !== 'object' || answer === null || !('title' in answer)) return undefined
    return typeof answer.title === 'string' ? answer.title.slice(0, 200) : undefined
  } catch {
    return undefined
  }
}
