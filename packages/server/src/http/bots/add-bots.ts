import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { BotsConfig, BotToken } from '../../bots-config.ts'
import type { ClientLimits } from '../../limits/limiter.ts'
import { describeError, type Log } from '../../log.ts'
import type { Shard } from '../../rooms/shard.ts'
import type { Gateway } from '../../socket/gateway.ts'
import { refuse } from '../refusal.ts'
import { addEvents } from './events.ts'
import { BodyFault, takeJsonAlone } from './json-body.ts'
import { addPost } from './post.ts'
import { addRooms, listing } from './rooms.ts'
import { door, type Refused } from './visit.ts'

export interface BotsOptions {
  readonly gateway: Gateway
  readonly shards: () => Iterable<Shard>
  readonly config: BotsConfig
  /** The address to which a request is put down. */
  readonly addressOf: (request: IncomingMessage) => string
  /** Whether the gateway is on its way down. */
  readonly isClosing: () => boolean
  readonly refused: Refused
}

/** What programs use: posting, events, and the list of rooms. */
export async function addBots(parent: FastifyInstance, log: Log, options: BotsOptions): Promise<void> {
  const { gateway, shards, config, addressOf, isClosing, refused } = options
  /** A token stands for one address and one connection, wherever it is used from. */
  const limits = new Map<BotToken, ClientLimits>(
    config.tokens.map((bot) => [bot, gateway.limiter.request(`bot ${bot.name}`)]),
  )
  const limitsOf = (bot: BotToken): ClientLimits => limits.get(bot) ?? gateway.limiter.request(`bot ${bot.name}`)
  await parent.register(async (server) => {
    takeJsonAlone(server)
    server.setErrorHandler((error, { raw }, reply) => {
      // Its connection is gone, and what was to be told of it has been.
      if (raw.destroyed && !raw.complete) return void reply.hijack()
      const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
      if (status >= 400 && status < 500) {
        const code = status === 413 ? 'too_long' : 'bad_frame'
        refused(code)
        return refuse(reply, code, { status, message: error instanceof BodyFault ? error.message : undefined })
      }
      log.error(describeError(error), 'request failed')
      refused('internal')
      return refuse(reply, 'internal')
    })
    const entrance = door({ tokens: config.tokens, addressOf, clock: gateway.clock, refused })
    const parts = { gateway, door: entrance, limitsOf, addressOf, isClosing, refused }
    addPost(server, parts)
    addEvents(server, parts)
    if (config.isListing) addRooms(server, listing({ gateway, shards }), refused)
  })
}
