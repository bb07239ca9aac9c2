import type { Duplex } from 'node:stream'

/** Whether a room is on the server's public list. Plugins see no messages of sealed rooms. */
export type RoomKind = 'listed' | 'unlisted'

/**
 * A message as a plugin sees it: a copy, which it may change and hand on, or replace by an object of its own. Of what it hands on `text`,
 * `meta` and `rejected` count; changes of anything else are ignored.
 */
export interface StageMessage {
  /** 1 to 4,000 characters (UTF-16 units), at most 12 KiB of UTF-8. What is handed on is held to the same. */
  text: string
  /** Goes to everybody with the message: values of JSON, at most 16 KiB and 16 levels of it. Empty when nobody has added anything. */
  meta: Record<string, unknown>
  /** `false`. Handed on as `true`, the message is refused to its sender with `rejected`. */
  rejected: boolean
  /** The sender: the same in one room for as long as the session lasts, and another one in every other room. */
  readonly member: string
  /** The sender's name, 1 to 32 characters. */
  readonly name: string
  readonly kind: RoomKind
  /** Seconds the message will live, counted from when the log has it. */
  readonly ttl: number
}

/**
 * What the default export of a plugin is: makes a Transform in object mode (any Duplex will do) that takes a `StageMessage` and hands on one
 * for each. It is called at the start and whenever another Transform is needed: several run side by side, each given one message at a time,
 * and one that failed is replaced. What is to outlive a Transform belongs in the module.
 *
 * A message is refused to its sender with `stage_failed`, and the Transform destroyed, when it throws, emits an error, ends, hands on
 * nothing, more than one object, or something that is no message, or has not answered in `WR_PLUGIN_TIMEOUT`.
 */
export type StageFactory = () => Duplex
