/** What one event says. */
export interface RoomEvent {
  /** The last id up to here: shown on coming back. */
  readonly id: string
  readonly event: string
  readonly data: string
}

/** Reads Server-Sent Events (https://html.spec.whatwg.org/#event-stream-interpretation), however they are cut into chunks. */
export class EventLines {
  id: string
  /** When to come back after the stream has ended, in milliseconds. */
  retryMs = 1_000
  #rest = ''
  /** Counts once the event it stands in has come whole. */
  #nextId: string
  #event = ''
  #data: string[] = []

  constructor(lastEventId: string) {
    this.id = lastEventId
    this.#nextId = lastEventId
  }

  *read(chunk: string): Generator<RoomEvent> {
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line !== '') {
        this.#field(line)
        continue
      }
      this.id = this.#nextId
      const event = { id: this.id, event: this.#event, data: this.#data.join('\n') }
      this.#event = ''
      this.#data = []
      if (event.data !== '') yield event
    }
  }

  /** A stream that has ended within an event has not sent it. */
  end(): void {
    this.#rest = ''
    this.#nextId = this.id
    this.#event = ''
    this.#data = []
  }

  #field(line: string): void {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
    if (name === 'id') this.#nextId = value
    if (name === 'event') this.#event = value
    if (name === 'data') this.#data.push(value)
    if (name === 'retry') this.retryMs = Number(value)
  }
}
