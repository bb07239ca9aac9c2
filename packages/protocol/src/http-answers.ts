import * as z from 'zod/mini'
import { KEY_PATTERN, ROOM_PATTERN } from './ids.ts'
import { SERVER_SCHEMAS } from './server-schemas.ts'

// What HTTP answers, as schemas: for the documents and for tests.

const count = z.int().check(z.minimum(0))
const optional = z.exactOptional
const room = z.string().check(z.regex(ROOM_PATTERN))

/** One schema per kind of answer. */
export const HTTP_ANSWERS = {
  ack: SERVER_SCHEMAS.ack,
  refusal: z.object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      key: optional(z.string().check(z.regex(KEY_PATTERN))),
      retryAfter: optional(count),
    }),
  }),
  rooms: z.object({
    rooms: z.array(
      z.object({
        room,
        count,
        ttl: z.int().check(z.minimum(1)),
        locked: z.boolean(),
        history: z.enum(['live', 'none']),
      }),
    ),
    next: optional(room),
  }),
  where: z.object({ url: z.string() }),
  limits: z.extend(SERVER_SCHEMAS.welcome.shape.limits, { contact: optional(z.string()) }),
  proof: z.object({
    held: z.object({ rooms: count, messages: count, bytes: count }),
    broker: z.nullable(z.object({ erasedWithin: z.nullable(z.number()), declaredInMemory: z.boolean() })),
  }),
  health: z.object({ status: z.string() }),
} as const
