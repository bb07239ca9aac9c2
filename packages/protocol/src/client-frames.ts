import * as z from 'zod/mini'
import { EMOJI_CHARS, isEmoji } from './emoji.ts'
import {
  HASH_PATTERN,
  KEY_PATTERN,
  type Key,
  MEMBER_PATTERN,
  type MemberId,
  type Offset,
  SECRET_PATTERN,
} from './ids.ts'
import { LIMITS } from './limits.ts'

const branded = <T>(schema: z.ZodMiniType) => schema as unknown as z.ZodMiniType<T, T>

const key = branded<Key>(z.string().check(z.regex(KEY_PATTERN)))
const offset = branded<Offset>(z.int().check(z.minimum(-1)))
const target = branded<Offset>(z.int().check(z.minimum(0)))
const member = branded<MemberId>(z.string().check(z.regex(MEMBER_PATTERN)))
const secret = z.string().check(z.regex(SECRET_PATTERN))
const hash = z.string().check(z.regex(HASH_PATTERN))
/** Lengths and contents are judged by `faultOfText` and `cleanName`, which know the fitting error. */
const anyText = z.string()
const opaque = z.string().check(z.maxLength(4096))
const ttlSeconds = z.number()
const history = z.enum(['live', 'none'])
const role = z.enum(['owner', 'member', 'reader'])
const emoji = z.string().check(z.minLength(1), z.maxLength(EMOJI_CHARS), z.refine(isEmoji))
const re = z.optional(z.string().check(z.maxLength(LIMITS.reChars)))

const joinSchema = z.object({
  type: z.literal('join'),
  re,
  protocol: z.number(),
  name: anyText,
  session: secret,
  ticket: z.optional(opaque),
  token: z.optional(opaque),
  invite: z.optional(opaque),
  proof: z.optional(opaque),
  owner: z.optional(secret),
  cursor: z.optional(z.object({ epoch: opaque, offset })),
  create: z.optional(
    z.object({
      ttl: z.optional(ttlSeconds),
      history: z.optional(history),
      listed: z.optional(z.boolean()),
      ownerHash: z.optional(hash),
      sealed: z.optional(z.boolean()),
    }),
  ),
})

const sendSchema = z.object({
  type: z.literal('send'),
  re,
  key,
  text: anyText,
  ttl: z.optional(ttlSeconds),
  replyTo: z.optional(target),
  before: z.optional(z.number()),
})

/** One schema per frame a client may send, by its `type`. Unknown fields are dropped. */
export const CLIENT_SCHEMAS = {
  join: joinSchema,
  send: sendSchema,
  skip: z.object({ type: z.literal('skip'), re, key }),
  unsend: z.object({ type: z.literal('unsend'), re, target }),
  react: z.object({ type: z.literal('react'), re, target, emoji, on: z.boolean() }),
  typing: z.object({ type: z.literal('typing'), re, on: z.boolean() }),
  load: z.object({ type: z.literal('load'), re, before: offset }),
  rename: z.object({ type: z.literal('rename'), re, name: anyText }),
  set: z.object({
    type: z.literal('set'),
    re,
    ttl: z.optional(ttlSeconds),
    locked: z.optional(z.boolean()),
    history: z.optional(history),
    listed: z.optional(z.boolean()),
    ownerHash: z.optional(hash),
  }),
  kick: z.object({ type: z.literal('kick'), re, member }),
  mute: z.object({ type: z.literal('mute'), re, member, on: z.boolean() }),
  role: z.object({ type: z.literal('role'), re, member, role }),
  invite: z.object({
    type: z.literal('invite'),
    re,
    role: z.enum(['member', 'reader']),
    expires: z.optional(z.int().check(z.minimum(0))),
    uses: z.optional(z.int().check(z.minimum(1), z.maximum(10_000))),
  }),
  revoke: z.object({ type: z.literal('revoke'), re, invite: z.string().check(z.minLength(1), z.maxLength(4096)) }),
  burn: z.object({ type: z.literal('burn'), re }),
  close: z.object({ type: z.literal('close'), re }),
  auth: z.object({ type: z.literal('auth'), re, token: opaque }),
  leave: z.object({ type: z.literal('leave'), re }),
  ping: z.object({ type: z.literal('ping'), re }),
} as const

type Schemas = typeof CLIENT_SCHEMAS
export type ClientFrameType = keyof Schemas
export type ClientFrame = { [T in ClientFrameType]: z.infer<Schemas[T]> }[ClientFrameType]
export type ClientFrameOf<T extends ClientFrameType> = z.infer<Schemas[T]>
export type JoinFrame = ClientFrameOf<'join'>
export type SendFrame = ClientFrameOf<'send'>
export type SetFrame = ClientFrameOf<'set'>
export type History = z.infer<typeof history>
