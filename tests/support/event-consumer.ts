import { Inbox, within } from './inbox.ts'

/** An event as a consumer keeps it. */
export interface HeardEvent {
  readonly event: string
  /** The id that stands in the event itself. */
  readonly id: string | undefined
  readonly data: Readonly<Record<string, unknown>>
}

export interface EventConsumer {
  readonly heard: readonly HeardEvent[]
  readonly response: Response
  /** The last id that came, in an event or alone. */
  lastId(): string
  /** Everything that came, as it came. */
  raw(): string
  /** The next event of this name that nobody has taken yet. */
  next(event: string): Promise<HeardEvent>
  /** Waits until the stream has ended. */
  readonly ended: Promise<void>
  close(): void
}

export interface ConsumerOptions {
  readonly token: string
  readonly lastEventId?: string
}

/** Listens to a room's events, and waits until they are answered with a stream. */
export async function consume(url: string, room: string, options: ConsumerOptions): Promise<EventConsumer> {
  const { token, lastEventId } = options
  const abort = new AbortController()
  const headers = {
    authorization: `Bearer ${token}`,
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  }
  const response = await fetch(`${url}/api/rooms/${room}/events`, { headers, signal: abort.signal })
  if (response.status !== 200 || response.body === null)
    throw new Error(`answered with ${response.status}: ${await response.text()}`)
  const inbox = new Inbox<HeardEvent>((event) => JSON.stringify(event).slice(0, 200))
  let raw = ''
  let rest = ''
  let lastId = ''

  function takeBlock(block: string): void {
    const fields = new Map(
      block
        .split('\n')
        .filter((line) => !line.startsWith(':'))
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const),
    )
    const id = fields.get('id')
    lastId = id ?? lastId
    const data = fields.get('data')
    if (data !== undefined) inbox.add({ event: fields.get('event') ?? 'message', id, data: JSON.parse(data) })
  }

  async function read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    for await (const chunk of body) {
      const text = decoder.decode(chunk, { stream: true })
      raw += text
      const blocks = (rest + text).split('\n\n')
      rest = blocks.pop() ?? ''
      blocks.forEach(takeBlock)
    }
  }

  const ended = read(response.body)
    .catch(() => undefined)
    .then(() => inbox.end('the stream has ended'))
  return {
    heard: inbox.all,
    response,
    lastId: () => lastId,
    raw: () => raw,
    next: (event) => inbox.take(`"${event}"`, (heard): heard is HeardEvent => heard.event === event),
    ended: within(ended, 'the end of the stream', 60_000),
    close: () => abort.abort(),
  }
}
