import * as z from 'zod/mini'
import { CLIENT_SCHEMAS } from './client-frames.ts'

/**
 * The body of `POST /api/rooms/{room}/messages`: a `send` frame without its type. Whoever leaves the key out is given one, and
 * cannot try again under it before they have been told it.
 */
export const POST_SCHEMA = z.partial(z.omit(CLIENT_SCHEMAS.send, { type: true, re: true }), { key: true })

export type Post = z.infer<typeof POST_SCHEMA>
