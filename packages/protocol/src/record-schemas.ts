import * as z from 'zod/mini'
import { EMOJI_CHARS } from './emoji.ts'
import { HASH_PATTERN, KEY_PATTERN, MEMBER_PATTERN } from './ids.ts'
import { OWNER_BY_TOKEN } from './record.ts'

// Records as they are on the topic (docs/record-format.md), for the documents and for tests. Gateways read them with a decoder of their own.

const time = z.number().check(z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER))
const longestTtl = z.maximum(86_400)
const offset = z.int().check(z.minimum(0))
const member = z.string().check(z.regex(MEMBER_PATTERN))
const role = z.enum(['owner', 'member', 'reader'])
const from = z.strictObject({ id: member, name: z.string().check(z.minLength(1), z.maxLength(32)) })

const envelope = {
  v: z.literal(1),
  member,
  owner: z.exactOptional(z.union([z.string().check(z.regex(HASH_PATTERN)), z.literal(OWNER_BY_TOKEN)])),
  via: z.exactOptional(z.string().check(z.maxLength(256))),
  joined: z.int().check(z.minimum(-1)),
  key: z.string().check(z.regex(KEY_PATTERN)),
  notAfter: time,
}

const settings = z.object({
  ttl: z.exactOptional(z.int().check(z.minimum(1))),
  history: z.exactOptional(z.enum(['live', 'none'])),
  locked: z.exactOptional(z.boolean()),
  listed: z.exactOptional(z.boolean()),
  sealed: z.exactOptional(z.boolean()),
  ownerHash: z.exactOptional(z.string()),
})

/** What a room is called on the topic: the key of its records. */
export const ROOM_KEY_SCHEMA = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/))

/** The first line of a record, by who may write it: everybody on the topic, or gateways. */
export const ENVELOPE_SCHEMAS = {
  message: z.object({
    kind: z.literal('message'),
    as: z.enum(['owner', 'member', 'reader']),
    ttl: z.int().check(z.minimum(1), longestTtl),
    ...envelope,
  }),
  control: z.object({
    kind: z.string().check(z.regex(/^(?!message$)[A-Za-z0-9_-]{1,64}$/)),
    as: z.enum(['owner', 'member', 'reader', 'operator']),
    ttl: z.int().check(z.minimum(0), longestTtl),
    deadline: z.exactOptional(time),
    ...envelope,
    mac: z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/)),
  }),
} as const

/** What follows the first line, by `kind`. */
export const BODY_SCHEMAS = {
  message: z.strictObject({
    from,
    text: z.exactOptional(z.string().check(z.minLength(1), z.maxLength(4_000))),
    sealed: z.exactOptional(z.string().check(z.minLength(1), z.maxLength(32_768))),
    replyTo: z.exactOptional(offset),
    meta: z.exactOptional(z.record(z.string(), z.unknown())),
  }),
  create: settings,
  set: settings,
  unsend: z.object({ target: offset }),
  react: z.object({
    target: offset,
    emoji: z.string().check(z.minLength(1), z.maxLength(EMOJI_CHARS)),
    on: z.boolean(),
    from,
  }),
  burn: z.object({}),
  kick: z.object({ member }),
  bar: z.object({ via: z.string() }),
  use: z.object({ invite: z.string(), uses: z.int().check(z.minimum(1)) }),
  revoke: z.object({ invite: z.string() }),
  mute: z.object({ member, on: z.boolean() }),
  role: z.object({ member, role }),
  typing: z.object({ from, on: z.boolean() }),
  touch: z.object({}),
  end: z.object({}),
  close: z.object({}),
} as const
