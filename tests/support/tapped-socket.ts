import type { Socket } from '@whisperrooms/client'
import { WebSocket } from 'ws'
import type { Account } from './ledger.ts'

export interface TappedSocket extends Socket {
  /** Loses the connection, as a network does. */
  drop(): void
}

/** The code of a close that was not asked for by a frame (RFC 6455 §7.1.5). */
const ABNORMAL = 1006

/**
 * Opens a socket to a room whose frames are told to an account, both ways. Once the client closes it, nothing on it counts any more.
 *
 * @param gateway such as `http://localhost:40123`.
 */
export function openTapped(gateway: string, room: string, account: Account): TappedSocket {
  const ws = new WebSocket(`${gateway.replace(/^http/, 'ws')}/ws/${room}`, { perMessageDeflate: false })
  let isOver = false
  account.opened(gateway)

  function end(code: number): void {
    if (!isOver) account.closed(code)
    isOver = true
  }

  const socket: TappedSocket = {
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send(json) {
      if (!isOver) account.sent(json)
      ws.send(json)
    },
    close(code) {
      end(code ?? ABNORMAL)
      ws.close(code)
    },
    drop: () => ws.terminate(),
  }
  ws.on('open', () => socket.onopen?.())
  ws.on('message', (bytes) => {
    const data = bytes.toString()
    if (!isOver) account.received(data)
    socket.onmessage?.({ data })
  })
  ws.on('close', (code) => {
    end(code)
    socket.onclose?.({ code })
  })
  ws.on('error', () => socket.onerror?.())
  return socket
}
