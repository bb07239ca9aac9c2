import type { Socket } from './environment.ts'

export interface Tap {
  /** Its owner has taken something in. */
  heard(data: unknown): void
  /** Its owner hears no more of it. */
  ended(): void
}

/** A socket on which somebody else listens in, behind its owner. What its owner does not hear any more, nobody does. */
export function tapped(socket: Socket, tap: Tap): Socket {
  let isOver = false
  function end(): void {
    if (!isOver) tap.ended()
    isOver = true
  }

  const own: Socket = {
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send: (text) => socket.send(text),
    close(code) {
      end()
      socket.close(code)
    },
  }
  socket.onopen = () => own.onopen?.()
  socket.onmessage = (event) => {
    const isHeard = own.onmessage !== null
    own.onmessage?.(event)
    if (isHeard && !isOver) tap.heard(event.data)
  }
  socket.onclose = (event) => {
    end()
    own.onclose?.(event)
  }
  socket.onerror = () => own.onerror?.()
  return own
}
