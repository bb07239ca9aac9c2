import type { RoomConnection } from '@whisperrooms/client'

/**
 * Gives a message to its room. What becomes of it stands in the outbox from here on.
 *
 * @returns `false` when the outbox did not take it: the text is then nowhere but with its author.
 */
export function handOver(connection: Pick<RoomConnection, 'send' | 'getSnapshot'>, text: string): boolean {
  const before = connection.getSnapshot().outbox
  connection.send(text).catch(() => undefined)
  // An outbox that took something is another one, at once; one that did not is the same.
  return connection.getSnapshot().outbox !== before
}
