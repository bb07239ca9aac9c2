import { useSyncExternalStore } from 'react'
import { useTab } from '../rooms/use-rooms.ts'

/** Whether the draft of a room holds messages that came back unsent. */
export function useReturned(room: string): boolean {
  const { drafts } = useTab()
  return useSyncExternalStore(drafts.subscribe, () => drafts.get(room).returned > 0)
}
