import { parseRoomId, type RoomId } from '@whisperrooms/protocol'
import { useSyncExternalStore } from 'react'

/** Where the page is. `lost` is an address that leads nowhere. */
export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'room'; readonly room: RoomId }
  | { readonly page: 'bad-room' }
  | { readonly page: 'lost' }

/** Reads a path such as `/r/tea-time`. */
export function parseRoute(path: string): Route {
  if (path === '/') return { page: 'home' }
  const match = /^\/r\/([^/]*)\/?$/.exec(path)
  if (match === null) return { page: 'lost' }
  const room = parseRoomId(match[1] ?? '')
  return room === undefined ? { page: 'bad-room' } : { page: 'room', room }
}

export const roomPath = (room: string): string => `/r/${room}`

const listeners = new Set<() => void>()

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('popstate', listener)
  }
}

/** Goes to a path of this page. The history's state stays empty. */
export function navigate(path: string): void {
  if (path === location.pathname) return
  history.pushState(null, '', path)
  for (const listener of listeners) listener()
}

let last: { readonly path: string; readonly route: Route } | undefined

function currentRoute(): Route {
  const path = location.pathname
  if (last?.path !== path) last = { path, route: parseRoute(path) }
  return last.route
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, currentRoute)
}
