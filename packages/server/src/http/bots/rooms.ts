import { type History, parseRoomId, type RoomId } from '@whisperrooms/protocol'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Shard } from '../../rooms/shard.ts'
import type { Gateway } from '../../socket/gateway.ts'
import { refuse } from '../refusal.ts'
import type { Refused } from './visit.ts'

/** The most rooms of one page. */
const PAGE = 100
const LIMIT = `\`limit\` is a whole number from 1 to ${PAGE}.`
/** How long a list is good for, in milliseconds: anybody may ask for it. */
const FRESH_MS = 1_000

/** A room as the list shows it. */
export interface ListedRoom {
  readonly room: RoomId
  /** How many are in it, at all gateways. */
  readonly count: number
  /** Seconds. */
  readonly ttl: number
  readonly locked: boolean
  readonly history: History
}

export interface ListingOptions {
  readonly gateway: Pick<Gateway, 'names' | 'presence' | 'clock'>
  readonly shards: () => Iterable<Shard>
}

/**
 * The rooms that want to be listed, by name. Only those whose shard this gateway hosts, and that somebody has entered through it:
 * on a shared bus nothing else tells it their names.
 */
export function listing({ gateway, shards }: ListingOptions): () => readonly ListedRoom[] {
  const { names, presence, clock } = gateway
  let made: { readonly atMs: number; readonly rooms: readonly ListedRoom[] } | undefined

  function* listed(): Generator<ListedRoom> {
    for (const shard of shards())
      for (const found of shard.rooms.values()) {
        const room = found.settings.listed ? names.get(found) : undefined
        if (room === undefined) continue
        const { ttl, locked, history } = found.settings
        yield { room, count: presence.countOf(found.key), ttl, locked, history }
      }
  }

  return () => {
    if (made === undefined || clock() - made.atMs >= FRESH_MS)
      made = { atMs: clock(), rooms: [...listed()].sort((one, other) => (one.room < other.room ? -1 : 1)) }
    return made.rooms
  }
}

/** `GET /api/rooms`: a page of the list, of at most `limit` rooms behind the one called `after`. */
export function addRooms(server: FastifyInstance, rooms: () => readonly ListedRoom[], refused: Refused): void {
  function refuseWith(reply: FastifyReply, code: 'bad_room' | 'bad_frame', message?: string): FastifyReply {
    refused(code)
    return refuse(reply, code, { message })
  }

  server.get<{ Querystring: { after?: unknown; limit?: unknown } }>('/api/rooms', async ({ query }, reply) => {
    const { after = '', limit = String(PAGE) } = query
    if (typeof after !== 'string' || (after !== '' && parseRoomId(after) === undefined))
      return refuseWith(reply, 'bad_room')
    if (typeof limit !== 'string' || !/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > PAGE)
      return refuseWith(reply, 'bad_frame', LIMIT)
    const rest = rooms().filter(({ room }) => room > after)
    const page = rest.slice(0, Number(limit))
    const next = rest.length > page.length ? page.at(-1)?.room : undefined
    return reply.header('cache-control', 'no-store').send({ rooms: page, next })
  })
}
