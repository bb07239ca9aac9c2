import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { ErrorCode } from '@whisperrooms/protocol'
import type { Clock } from '../clock.ts'
import type { Addresses } from '../limits/address.ts'
import type { LimitsConfig } from '../limits/limits-config.ts'
import type { LimitReason } from '../limits/refusal.ts'
import { retryAfterOf } from '../limits/retry-after.ts'
import { rawAnswer } from './raw-answer.ts'

/** Connections above `WR_MAX_CONNECTIONS` that may ask for something short: probes, the operator, and whoever is told that it is full. */
const RESERVE = 100
/** How often connections that wait for a next request are closed to make room, in milliseconds. */
const MAKE_ROOM_MS = 1_000

export interface BoundOptions {
  readonly limits: Pick<LimitsConfig, 'connections' | 'connectionsPerAddress'>
  readonly peerOf: Addresses['peer']
  readonly limited: (reason: LimitReason) => void
  readonly refused: (code: ErrorCode) => void
  /** The gateway's monotonic clock. */
  readonly clock: Clock
}

/**
 * Bounds the TCP connections of each address and of all, whatever they carry. Those of a trusted proxy are many people's: they count
 * among all, and what they carry is counted by the limiter, by the address it was forwarded for.
 */
export function boundConnections(server: Server, options: BoundOptions): void {
  const { limits, peerOf, limited, refused, clock } = options
  const perAddress = new Map<string, number>()
  let open = 0
  let madeRoomMs = Number.NEGATIVE_INFINITY

  /** @returns which limit is reached. */
  function reached(address: string | undefined): 'connections' | 'connections_per_address' | undefined {
    const most = limits.connectionsPerAddress
    if (address !== undefined && most > 0 && (perAddress.get(address) ?? 0) >= most) return 'connections_per_address'
    return limits.connections > 0 && open >= limits.connections + RESERVE ? 'connections' : undefined
  }

  function cut(socket: Socket, reason: 'connections' | 'connections_per_address'): void {
    const [status, code] = reason === 'connections' ? ([503, 'server_full'] as const) : ([429, 'rate_limited'] as const)
    limited(reason)
    refused(code)
    socket.on('error', () => undefined)
    // Written at once, and closed before anything of a request has been read.
    socket.write(rawAnswer(status, code, { retryAfter: retryAfterOf(code) }))
    socket.destroy()
  }

  function count(address: string, change: 1 | -1): void {
    const left = (perAddress.get(address) ?? 0) + change
    if (left > 0) perAddress.set(address, left)
    else perAddress.delete(address)
  }

  server.on('connection', (socket: Socket) => {
    const address = peerOf(socket.remoteAddress)
    const reason = reached(address)
    if (reason === 'connections' && clock() - madeRoomMs >= MAKE_ROOM_MS) {
      madeRoomMs = clock()
      server.closeIdleConnections()
    }
    if (reason !== undefined) return cut(socket, reason)
    open++
    if (address !== undefined) count(address, 1)
    socket.once('close', () => {
      open--
      if (address !== undefined) count(address, -1)
    })
  })
}
