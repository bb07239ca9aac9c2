import { parseRoomId, type RoomId } from '@whisperrooms/protocol'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { parsePrefix } from '../../admin/blocklist.ts'
import type { Operator, OperatorAnswer } from '../../admin/operator.ts'
import type { OperatorAction } from '../../admin/operator-action.ts'
import type { ReadOnly } from '../../admin/read-only.ts'
import type { Status } from '../../admin/status.ts'
import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import { refuse } from '../refusal.ts'
import { answerBadRequest } from './answer.ts'
import { guard } from './guard.ts'
import type { ShutOutOptions } from './shut-out.ts'

export interface AdminOptions extends ShutOutOptions {
  /** `undefined`: there is no `/api/admin`. */
  readonly token: string | undefined
  readonly operator: Operator
  readonly readOnly: ReadOnly
  readonly status: () => Status
  /** The operator did something, that was not refused. */
  readonly acted: (action: OperatorAction) => void
  /** The gateway's monotonic clock. */
  readonly clock: Clock
}

const BODY_BYTES = 1_024
const LONGEST_BLOCK_SECONDS = 30 * 86_400

const PREFIX = '`address` is an address or a prefix: 203.0.113.7, 203.0.113.0/24, 2001:db8::/48'
const SECONDS = `\`seconds\` is a whole number from 1 to ${LONGEST_BLOCK_SECONDS}`

/** What whoever runs the server can do, behind a token: docs/admin.md. */
export async function addAdmin(parent: FastifyInstance, log: Log, options: AdminOptions): Promise<void> {
  const { token } = options
  if (token === undefined) return
  await parent.register(
    async (server) => {
      server.addHook('onRequest', guard({ ...options, token, log }))
      // Who is in numbers asked often; what is done is worth a line, without saying to whom.
      server.addHook('onResponse', async (request, reply) => {
        if (request.method === 'POST')
          log.info({ action: request.routeOptions.config.url, status: reply.statusCode }, 'the operator acted')
      })
      addRoomActions(server, options)
      addAddressActions(server, options)
      server.post('/read-only', { bodyLimit: BODY_BYTES }, (request, reply) => {
        const { on } = fieldsOf(request.body)
        if (typeof on !== 'boolean') return answerBadRequest(reply, '`on` is true or false')
        options.readOnly.isOn = on
        options.acted(on ? 'read_only_on' : 'read_only_off')
        return reply.send({ on })
      })
      server.get('/status', (_request, reply) => reply.send(options.status()))
    },
    { prefix: '/api/admin' },
  )
}

function addRoomActions(server: FastifyInstance, { operator, acted }: AdminOptions): void {
  const actions: readonly (readonly [OperatorAction, (room: RoomId) => Promise<OperatorAnswer>])[] = [
    ['close', operator.close],
    ['burn', operator.burn],
    ['lock', (room) => operator.lock(room, true)],
    ['unlock', (room) => operator.lock(room, false)],
  ]
  for (const [name, act] of actions)
    server.post<{ Params: { room: string } }>(
      `/rooms/:room/${name}`,
      { bodyLimit: BODY_BYTES },
      async (request, reply) => {
        const room = parseRoomId(request.params.room)
        if (room === undefined) return refuse(reply, 'bad_room')
        const code = await act(room)
        if (code !== undefined) return refuse(reply, code)
        acted(name)
        return done(reply)
      },
    )
}

function addAddressActions(server: FastifyInstance, { blocklist, acted }: AdminOptions): void {
  server.post('/addresses/block', { bodyLimit: BODY_BYTES }, (request, reply) => {
    const { address, seconds } = fieldsOf(request.body)
    const prefix = typeof address === 'string' ? parsePrefix(address) : undefined
    if (prefix === undefined) return answerBadRequest(reply, PREFIX)
    if (!isBlockTime(seconds)) return answerBadRequest(reply, SECONDS)
    if (!blocklist.block(prefix, seconds))
      return reply.code(409).send({ error: { code: 'too_many', message: 'There are as many blocks as there may be.' } })
    acted('block')
    return done(reply)
  })
  server.post('/addresses/unblock', { bodyLimit: BODY_BYTES }, (request, reply) => {
    const { address } = fieldsOf(request.body)
    const prefix = typeof address === 'string' ? parsePrefix(address) : undefined
    if (prefix === undefined) return answerBadRequest(reply, PREFIX)
    if (!blocklist.unblock(prefix))
      return reply.code(404).send({ error: { code: 'not_found', message: 'There is no such block.' } })
    acted('unblock')
    return done(reply)
  })
}

const done = (reply: FastifyReply): FastifyReply => reply.send({ done: true })

function isBlockTime(seconds: unknown): seconds is number {
  return Number.isInteger(seconds) && (seconds as number) >= 1 && (seconds as number) <= LONGEST_BLOCK_SECONDS
}

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? { ...body } : {}
}
