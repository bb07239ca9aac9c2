import { useEffect, useState } from 'react'
import { useTab } from '../rooms/use-rooms.ts'
import { words } from '../words.ts'

const PAUSE_MS = 3000

/** Tells those who listen to the page that something was said, once in three seconds however much it was. */
export function Announcer({ room }: { readonly room: string }) {
  const { rooms } = useTab()
  const [text, setText] = useState('')
  useEffect(() => {
    let arrived = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const tell = () => {
      if (arrived === 0) {
        // Emptied, so that the same sentence is read again next time.
        setText('')
        timer = undefined
        return
      }
      setText(words.timeline.arrived(arrived))
      arrived = 0
      timer = setTimeout(tell, PAUSE_MS)
    }
    const stop = rooms.onArrival((where) => {
      if (where !== room) return
      arrived++
      timer ??= setTimeout(tell, 0)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [rooms, room])
  return (
    <p className="visually-hidden" aria-live="polite" aria-atomic="true">
      {text}
    </p>
  )
}
