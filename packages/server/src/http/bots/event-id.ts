import type { Cursor, Epoch, Offset } from '@whisperrooms/protocol'

/** What a consumer shows to go on where it was: a place in the log, and the ticket that lets it count. */
export interface EventPlace {
  readonly cursor: Cursor
  readonly ticket: string
}

/** Longer ones are none. */
const MAX_CHARS = 1_024

/** `epoch.offset.ticket`: no epoch has a dot in it. */
export const eventId = ({ epoch, offset }: Cursor, ticket: string): string => `${epoch}.${offset}.${ticket}`

/** @returns `undefined` for what is no event id. That the ticket is good is not said. */
export function parseEventId(text: string | undefined): EventPlace | undefined {
  if (text === undefined || text.length > MAX_CHARS) return undefined
  const [, epoch, digits, ticket] = /^([^.]+)\.(-1|\d{1,16})\.(.+)$/.exec(text) ?? []
  const offset = Number(digits)
  if (epoch === undefined || ticket === undefined || !Number.isSafeInteger(offset)) return undefined
  return { cursor: { epoch: epoch as Epoch, offset: offset as Offset }, ticket }
}
