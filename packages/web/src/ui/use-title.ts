import { useEffect } from 'react'
import { words } from '../words.ts'

/** The tab's title: how much alive and unread there is, and where. Never a word of a message. */
export function useTitle(unread: number, place: string | undefined): void {
  useEffect(() => {
    const count = unread > 0 ? `(${words.shortCount(unread)}) ` : ''
    document.title = `${count}${place === undefined ? '' : `${place} · `}${words.app}`
  }, [unread, place])
}
