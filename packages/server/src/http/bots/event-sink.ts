import type { Cursor, Offset } from '@whisperrooms/protocol'
import type { ClosableSink } from '../../socket/socket-sink.ts'

/** What is looked at of a frame. */
interface Frame {
  readonly type: string
  readonly offset?: Offset
  readonly cursor?: Cursor
}

export interface EventSinkOptions {
  /** Where the bytes of events go. */
  readonly under: ClosableSink
  /** The id of the event of a frame at this offset. */
  readonly idAt: (offset: Offset) => string
  /** The reader was told where it stands. @returns the id of that place. */
  readonly stands: (cursor: Cursor) => string
}

/**
 * Turns frames of a room's log into Server-Sent Events for one reader, and passes over what is no entry of the log. What it writes is
 * its own copy: the segments are free again before it has left.
 */
export function eventSink({ under, idAt, stands }: EventSinkOptions): ClosableSink {
  function eventOf(json: string): string {
    const frame = JSON.parse(json) as Frame
    const { type, offset, cursor } = frame
    // Between the values of JSON a line end is as good as a blank.
    const event = `event: ${type}\ndata: ${json.replaceAll(/[\r\n]/g, ' ')}\n`
    if (offset !== undefined) return `id: ${idAt(offset)}\n${event}\n`
    // An event without an id; behind it the place alone, which nobody is shown and every reader keeps.
    if (cursor !== undefined) return `${event}\nid: ${stands(cursor)}\n\n`
    return ''
  }

  return {
    ...under,
    write(bytes) {
      let events = ''
      for (const json of payloads(bytes)) events += eventOf(json)
      return events === '' || under.write(Buffer.from(events))
    },
  }
}

/** The payloads of unmasked frames side by side (RFC 6455 §5.2). */
function* payloads(bytes: Uint8Array): Generator<string> {
  const frames = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  while (at < frames.length) {
    const short = frames.readUInt8(at + 1)
    const begin = at + (short < 126 ? 2 : short === 126 ? 4 : 10)
    const length =
      short < 126 ? short : short === 126 ? frames.readUInt16BE(at + 2) : Number(frames.readBigUInt64BE(at + 2))
    at = begin + length
    yield frames.toString('utf8', begin, at)
  }
}
