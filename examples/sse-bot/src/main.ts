import { setTimeout as delay } from 'node:timers/promises'
import { EventLines } from './event-lines.ts'

/** What says nothing for so long is gone: the gateway says every 15 s that it is there. ms */
const SILENCE_MS = 40_000

/** @throws when a variable is missing. */
function setting(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`${name} must be set`)
  return value
}

/** Refused in a way that will not pass. */
class Refused extends Error {}

/** Prints every event as one line of JSON, until the stream ends. */
async function listen(url: string, token: string, lines: EventLines): Promise<void> {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(), SILENCE_MS)
  try {
    const headers = { authorization: `Bearer ${token}`, ...(lines.id === '' ? {} : { 'last-event-id': lines.id }) }
    const response = await fetch(url, { headers, signal: silence.signal })
    if (response.status >= 400 && response.status < 500 && response.status !== 429)
      throw new Refused(`refused with ${response.status}`)
    if (!response.ok || response.body === null) throw new Error(`answered with ${response.status}`)
    process.stderr.write('listening\n')
    const decoder = new TextDecoder()
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      timer.refresh()
      for (const { id, event, data } of lines.read(decoder.decode(chunk, { stream: true })))
        process.stdout.write(`{"id":${JSON.stringify(id)},"event":${JSON.stringify(event)},"data":${data}}\n`)
    }
  } finally {
    clearTimeout(timer)
    lines.end()
  }
}

async function main(): Promise<void> {
  const url = `${process.env['WR_URL'] ?? 'http://localhost:8080'}/api/rooms/${setting('ROOM')}/events`
  const token = setting('BOT_TOKEN')
  const lines = new EventLines(process.env['LAST_EVENT_ID'] ?? '')
  for (;;) {
    try {
      await listen(url, token, lines)
    } catch (error) {
      if (error instanceof Refused) throw error
      process.stderr.write(`${error instanceof Error ? error.message : 'unknown'}\n`)
    }
    await delay(lines.retryMs)
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : 'unknown'}\n`)
  process.exitCode = 1
})
