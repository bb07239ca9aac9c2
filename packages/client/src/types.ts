import type {
  Epoch,
  ErrorCode,
  From,
  History,
  Key,
  Member,
  MemberId,
  Offset,
  Role,
  RoomSettings,
} from '@whisperrooms/protocol'

/** What a room's connection is doing. Times are milliseconds of the client's own monotonic clock. */
export type ConnectionState =
  | { readonly status: 'connecting'; readonly attempt: number }
  | { readonly status: 'live' }
  | {
      readonly status: 'waiting'
      readonly attempt: number
      /** When the next attempt starts; `undefined` while the machine is offline. */
      readonly retryAtMs: number | undefined
      readonly why: 'lost' | 'offline' | ErrorCode
    }
  | { readonly status: 'closed'; readonly why: ClosedReason }

/** `left` was asked for; any other is the server's word, and the connection will not come back by itself. */
export type ClosedReason = 'left' | ErrorCode

/** A message that is alive. It leaves the timeline at `deadlineMs`. */
export interface TimelineMessage {
  readonly kind: 'message'
  /** Stable for the life of the message, also across epochs: member and key. */
  readonly id: string
  readonly epoch: Epoch
  readonly offset: Offset
  readonly key: Key
  readonly from: From
  readonly own: boolean
  readonly text: string
  readonly replyTo: Offset | undefined
  /** Bus time, milliseconds. */
  readonly at: number
  readonly expires: number
  /** `expires` on the client's monotonic clock, fixed on arrival. */
  readonly deadlineMs: number
}

/** Something vanished unseen here: `count` messages, or `null` when nobody can say how many. */
export interface TimelineVanished {
  readonly kind: 'vanished'
  readonly id: string
  readonly count: number | null
}

export type TimelineItem = TimelineMessage | TimelineVanished

/** A message of one's own that is not in the log yet, in the order in which it will be sent. */
export interface OutboxItem {
  readonly key: Key
  readonly text: string
  readonly replyTo: Offset | undefined
  readonly ttlSeconds: number | undefined
  /**
   * - `queued`: waits for its turn or for the connection.
   * - `sending`: on its way, unconfirmed.
   * - `failed`: not sent and never will be under this key; `retry`, `edit` or `discard` it.
   */
  readonly state: 'queued' | 'sending' | 'failed'
  /** Why it failed; of one that is not failed, what the server said last time (`bus_unavailable`: not sent yet). */
  readonly code: ErrorCode | undefined
}

/** All there is to show of a room. Immutable: the same object until something changes. */
export interface RoomSnapshot {
  readonly connection: ConnectionState
  /** `undefined` until the first welcome, kept over reconnects. */
  readonly you: Member | undefined
  readonly settings: RoomSettings | undefined
  readonly features: readonly string[]
  /** At most 200, in order of arrival; empty when `count` is above. */
  readonly members: readonly Member[]
  readonly count: number
  readonly typing: readonly MemberId[]
  readonly timeline: readonly TimelineItem[]
  readonly outbox: readonly OutboxItem[]
  /** Older live messages can be loaded. */
  readonly more: boolean
  /** Messages of an earlier one can still be read, but not be taken back: the log they were in is gone. `undefined` before the first welcome. */
  readonly epoch: Epoch | undefined
}

/** Resolved by `send` once the message is in the log. */
export interface Sent {
  readonly key: Key
  readonly offset: Offset
  readonly expires: number
}

/** Who one is in a room across reloads: keep it for as long as one may come back, never on a disk one does not trust. */
export interface Identity {
  /** base64url, at least 128 random bits; decides the member id. */
  readonly session: string
  readonly ticket?: string
  readonly owner?: string
}

export interface CreateSettings {
  readonly ttlSeconds?: number
  readonly history?: History
  readonly listed?: boolean
}

export interface ConnectOptions {
  readonly name: string
  /** Kept from an earlier visit; made anew when absent. */
  readonly identity?: Identity
  /** Create the room if it does not exist. With `own: true` its creator becomes its owner. */
  readonly create?: CreateSettings & { readonly own?: boolean }
  /** Called when the identity changes (a renewed ticket), to keep it. */
  readonly onIdentity?: (identity: Identity) => void
  /** Called once for each live message of others as it arrives, not for replayed ones. */
  readonly onArrival?: (message: TimelineMessage) => void
  /** Called with the text of a message whose time to enter the room ran out, so that the author gets it back. */
  readonly onReturned?: (item: OutboxItem) => void
}

export interface SendOptions {
  /** Shorter than the room's time to live; never longer. */
  readonly ttlSeconds?: number
  readonly replyTo?: Offset
}

export interface SetSettings {
  readonly ttlSeconds?: number
  readonly history?: History
  readonly listed?: boolean
  readonly locked?: boolean
}

/**
 * What an owner decides of a member: they leave at once and do not come back; they may say nothing, or may again; they have another role.
 */
export type Moderation =
  | { readonly type: 'kick'; readonly member: MemberId }
  | { readonly type: 'mute'; readonly member: MemberId; readonly on: boolean }
  | { readonly type: 'role'; readonly member: MemberId; readonly role: Role }

/** One membership of one room, over as many sockets as it takes. */
export interface RoomConnection {
  readonly room: string
  readonly getSnapshot: () => RoomSnapshot
  /** @returns the function that ends the subscription. */
  readonly subscribe: (listener: () => void) => () => void
  /**
   * Puts a message into the outbox and resolves when it is in the log.
   *
   * @throws WhisperError as the promise's rejection, with the code of the protocol's catalogue: `too_long`, `empty_text`, `too_late` …
   */
  send(text: string, options?: SendOptions): Promise<Sent>
  /** Sends a failed message again, as a new message at the end of the outbox. */
  retry(key: Key): void
  /** Removes a message that is not in the log, and gives its text back. @returns `undefined` when it is on its way. */
  discard(key: Key): string | undefined
  /**
   * @param epoch of the message; offsets of an earlier epoch mean nothing now, and with it given are refused: `unknown_target`
   */
  unsend(target: Offset, epoch?: Epoch): Promise<void>
  typing(on: boolean): void
  /** The new name shows in `you` once the room has it; one that cannot be shown (see `cleanName`) changes nothing. */
  rename(name: string): void
  set(settings: SetSettings): Promise<void>
  burn(): Promise<void>
  /** As an owner, of another member. */
  moderate(action: Moderation): Promise<void>
  /** Asks for older live messages. */
  loadOlder(): Promise<void>
  /** Connects at once instead of waiting for the next attempt. */
  reconnectNow(): void
  /** Leaves for good, without grace. */
  leave(): void
  /** The client's monotonic clock, in milliseconds: the one of `deadlineMs` and `retryAtMs`. */
  now(): number
}
