import type { RoomConnection, RoomSnapshot } from '@whisperrooms/client'
import { createContext, use, useCallback, useSyncExternalStore } from 'react'
import type { Drafts } from '../composer/drafts.ts'
import type { OpenRoom, OpenRooms } from './open-rooms.ts'

/** What lives as long as the tab: put together in main.tsx. */
export interface Tab {
  readonly rooms: OpenRooms
  readonly drafts: Drafts
}

export const TabContext = createContext<Tab | undefined>(undefined)

export function useTab(): Tab {
  const tab = use(TabContext)
  if (tab === undefined) throw new Error('A component of the page was rendered outside of TabContext')
  return tab
}

export function useOpenRooms(): readonly OpenRoom[] {
  const { rooms } = useTab()
  return useSyncExternalStore(rooms.subscribe, rooms.getSnapshot)
}

/**
 * A room as it is now. However fast messages come, it renders once per frame. In a hidden tab, which has no frames,
 * it renders at once: what expired leaves the document there too.
 */
export function useRoom(connection: RoomConnection): RoomSnapshot {
  const subscribe = useCallback(
    (listener: () => void) => {
      let frame = 0
      const flush = () => {
        cancelAnimationFrame(frame)
        frame = 0
        listener()
      }
      const onVisibility = () => {
        if (frame !== 0) flush()
      }
      const stop = connection.subscribe(() => {
        if (document.visibilityState === 'hidden') flush()
        else if (frame === 0) frame = requestAnimationFrame(flush)
      })
      document.addEventListener('visibilitychange', onVisibility)
      return () => {
        stop()
        cancelAnimationFrame(frame)
        document.removeEventListener('visibilitychange', onVisibility)
      }
    },
    [connection],
  )
  return useSyncExternalStore(subscribe, connection.getSnapshot)
}
