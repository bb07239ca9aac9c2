import type { History } from './client-frames.ts'
import type { Cursor, Key, MemberId, Offset } from './ids.ts'
import type { AnnouncedLimits } from './limits.ts'

export type Role = 'owner' | 'member' | 'reader'

export interface Member {
  readonly id: MemberId
  readonly name: string
  readonly role: Role
  /** May not speak, as the owner has decided. */
  readonly muted?: true
  /** Whether the name can be taken for that of an owner who is here. */
  readonly alike?: true
}

/** A room's settings as its members see them. `ttl` in seconds. */
export interface RoomSettings {
  readonly ttl: number
  readonly history: History
  readonly locked: boolean
  readonly listed: boolean
  readonly sealed: boolean
  readonly ownerHash?: string
}

export interface WelcomeFrame {
  readonly type: 'welcome'
  readonly protocol: 1
  readonly features: readonly string[]
  readonly you: Member
  readonly ticket: string
  readonly room: RoomSettings & { readonly id: string }
  /** At most 200; `count` has them all. */
  readonly members: readonly Member[]
  readonly count: number
  /** Where the replay starts, exclusive. */
  readonly cursor: Cursor
  /** The bus's time in milliseconds. */
  readonly now: number
  readonly limits: AnnouncedLimits
}

/** The replay has reached the tail as it was at `welcome`. */
export interface LiveFrame {
  readonly type: 'live'
  readonly cursor: Cursor
  readonly recovered: boolean
  readonly missed: number | null
  /** Older live messages can be loaded. */
  readonly more: boolean
}

/** Who said something, under the name they had then. */
export interface From {
  readonly id: MemberId
  readonly name: string
}

export interface MessageFrame {
  readonly type: 'message'
  readonly offset: Offset
  readonly key: Key
  readonly from: From
  readonly text: string
  readonly replyTo?: Offset
  readonly at: number
  readonly expires: number
  readonly meta?: Readonly<Record<string, unknown>>
}

export interface AckFrame {
  readonly type: 'ack'
  readonly key: Key
  readonly target: Offset
  readonly expires: number
  readonly duplicate?: true
}

/** Messages that are gone before their time: those of `targets`, or every message and reaction before `upTo`. */
export interface RemovedFrame {
  readonly type: 'removed'
  readonly offset: Offset
  readonly targets?: readonly Offset[]
  readonly upTo?: Offset
  readonly reason: 'unsent' | 'moderated' | 'burned'
  readonly by?: MemberId
}

/** Somebody puts a reaction to a message, or takes it back. It lives as long as the message. */
export interface ReactionFrame {
  readonly type: 'reaction'
  readonly offset: Offset
  readonly target: Offset
  readonly emoji: string
  readonly from: From
  readonly on: boolean
  readonly expires: number
}

export interface RoomFrame extends Partial<RoomSettings> {
  readonly type: 'room'
  readonly offset: Offset
  readonly by: MemberId
}

export interface PresenceFrame {
  readonly type: 'presence'
  readonly joined?: readonly Member[]
  readonly left?: readonly MemberId[]
  readonly changed?: readonly Member[]
  /** The whole list, replacing what was known. */
  readonly members?: readonly Member[]
  readonly count: number
}

export interface TypingFrame {
  readonly type: 'typing'
  readonly from: From
  readonly on: boolean
}

/** The role an invite gives. */
export type InviteRole = Exclude<Role, 'owner'>

/** What an owner asked for: whoever shows `invite` on joining may come in. `expires` in bus time, milliseconds. */
export interface InviteFrame {
  readonly type: 'invite'
  readonly invite: string
  readonly role: InviteRole
  readonly expires?: number
  readonly uses?: number
}

export interface LoadedFrame {
  readonly type: 'loaded'
  readonly before: Offset
  readonly more: boolean
}

/** Something was lost to this member; what follows is complete from `cursor` on. */
export interface GapFrame {
  readonly type: 'gap'
  readonly cursor: Cursor
  readonly missed: number | null
}

export interface ErrorFrame {
  readonly type: 'error'
  readonly code: string
  readonly message: string
  readonly key?: Key
  readonly re?: string
  /** Milliseconds. */
  readonly retryAfter?: number
}

export interface PongFrame {
  readonly type: 'pong'
  readonly now: number
  readonly cursor: Cursor
  /** Bus time up to which the log has been read and written to this socket. */
  readonly read: number
  readonly ticket?: string
}

/** A kind this version does not know, passed on untouched: `body` is base64url. Logged when it has an `offset`. */
export interface RelayFrame {
  readonly type: 'relay'
  readonly offset?: Offset
  readonly kind: string
  readonly from: Pick<From, 'id'>
  readonly body: string
  readonly expires?: number
}

export type ServerFrame =
  | WelcomeFrame
  | LiveFrame
  | MessageFrame
  | AckFrame
  | RemovedFrame
  | ReactionFrame
  | RoomFrame
  | PresenceFrame
  | TypingFrame
  | InviteFrame
  | LoadedFrame
  | GapFrame
  | ErrorFrame
  | PongFrame
  | RelayFrame

export type ServerFrameType = ServerFrame['type']
