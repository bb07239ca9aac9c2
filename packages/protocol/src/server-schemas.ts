import * as z from 'zod/mini'
import { EMOJI_CHARS } from './emoji.ts'
import { type Epoch, HASH_PATTERN, KEY_PATTERN, type Key, MEMBER_PATTERN, type MemberId, type Offset } from './ids.ts'
import type { ServerFrame, ServerFrameType } from './server-frames.ts'

// What the server sends, as schemas: for the documents and for tests. The gateway and clients go by the types.

const branded = <T>(schema: z.ZodMiniType) => schema as unknown as z.ZodMiniType<T, T>

const optional = z.exactOptional
const list = <T extends z.ZodMiniType>(item: T) => z.readonly(z.array(item))

const offset = branded<Offset>(z.int().check(z.minimum(0)))
const cursorOffset = branded<Offset>(z.int().check(z.minimum(-1)))
const member = branded<MemberId>(z.string().check(z.regex(MEMBER_PATTERN)))
const key = branded<Key>(z.string().check(z.regex(KEY_PATTERN)))
const milliseconds = z.number().check(z.minimum(0))
const count = z.int().check(z.minimum(0))
const missed = z.nullable(count)
const cursor = z.object({ epoch: branded<Epoch>(z.string()), offset: cursorOffset })
const from = z.object({ id: member, name: z.string() })
const person = z.object({
  id: member,
  name: z.string(),
  role: z.enum(['owner', 'member', 'reader']),
  muted: optional(z.literal(true)),
  alike: optional(z.literal(true)),
})

const settings = {
  ttl: z.int().check(z.minimum(1)),
  history: z.enum(['live', 'none']),
  locked: z.boolean(),
  listed: z.boolean(),
  sealed: z.boolean(),
}
const ownerHash = optional(z.string().check(z.regex(HASH_PATTERN)))

const limits = z.object({
  text: count,
  textBytes: count,
  frame: count,
  name: count,
  ttlMin: count,
  ttlMax: count,
  ttlDefault: count,
  heartbeat: count,
  typing: count,
  replay: count,
  resume: count,
  inFlight: count,
})

/** A schema whose values are of the type, and that has all of its fields, also those that a value may lack. */
type SchemaOf<Frame> = z.ZodMiniType<Frame> & { readonly shape: Readonly<Record<keyof Frame, unknown>> }

/** One schema per frame a server may send, by its `type`. Clients ignore fields and frames that they do not know. */
export const SERVER_SCHEMAS = {
  welcome: z.object({
    type: z.literal('welcome'),
    protocol: z.literal(1),
    features: list(z.string()),
    you: person,
    ticket: z.string(),
    room: z.object({ id: z.string(), ...settings, ownerHash }),
    members: list(person),
    count,
    cursor,
    now: milliseconds,
    limits,
  }),
  live: z.object({ type: z.literal('live'), cursor, recovered: z.boolean(), missed, more: z.boolean() }),
  message: z.object({
    type: z.literal('message'),
    offset,
    key,
    from,
    text: z.string(),
    replyTo: optional(offset),
    at: milliseconds,
    expires: milliseconds,
    meta: optional(z.record(z.string(), z.unknown())),
  }),
  ack: z.object({
    type: z.literal('ack'),
    key,
    target: offset,
    expires: milliseconds,
    duplicate: optional(z.literal(true)),
  }),
  removed: z.object({
    type: z.literal('removed'),
    offset,
    targets: optional(list(offset)),
    upTo: optional(offset),
    reason: z.enum(['unsent', 'moderated', 'burned']),
    by: optional(member),
  }),
  reaction: z.object({
    type: z.literal('reaction'),
    offset,
    target: offset,
    emoji: z.string().check(z.minLength(1), z.maxLength(EMOJI_CHARS)),
    from,
    on: z.boolean(),
    expires: milliseconds,
  }),
  room: z.object({
    type: z.literal('room'),
    offset,
    ttl: optional(settings.ttl),
    history: optional(settings.history),
    locked: optional(settings.locked),
    listed: optional(settings.listed),
    sealed: optional(settings.sealed),
    ownerHash,
    by: member,
  }),
  presence: z.object({
    type: z.literal('presence'),
    joined: optional(list(person)),
    left: optional(list(member)),
    changed: optional(list(person)),
    members: optional(list(person)),
    count,
  }),
  typing: z.object({ type: z.literal('typing'), from, on: z.boolean() }),
  invite: z.object({
    type: z.literal('invite'),
    invite: z.string(),
    role: z.enum(['member', 'reader']),
    expires: optional(milliseconds),
    uses: optional(z.int().check(z.minimum(1))),
  }),
  loaded: z.object({ type: z.literal('loaded'), before: offset, more: z.boolean() }),
  gap: z.object({ type: z.literal('gap'), cursor, missed }),
  error: z.object({
    type: z.literal('error'),
    code: z.string(),
    message: z.string(),
    key: optional(key),
    re: optional(z.string()),
    retryAfter: optional(milliseconds),
  }),
  pong: z.object({
    type: z.literal('pong'),
    now: milliseconds,
    cursor,
    read: milliseconds,
    ticket: optional(z.string()),
  }),
  relay: z.object({
    type: z.literal('relay'),
    offset: optional(offset),
    kind: z.string(),
    from: z.object({ id: member }),
    body: z.string().check(z.regex(/^[A-Za-z0-9_-]*$/)),
    expires: optional(milliseconds),
  }),
} as const satisfies { readonly [T in ServerFrameType]: SchemaOf<Extract<ServerFrame, { type: T }>> }
