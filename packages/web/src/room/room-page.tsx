import { useEffect } from 'react'
import { titleOf } from '../rooms/room-name.ts'
import { useOpenRooms, useTab } from '../rooms/use-rooms.ts'
import { navigate, roomPath } from '../routing/route.ts'
import { useTitle } from '../ui/use-title.ts'
import { Enter } from './enter.tsx'
import { Rail } from './rail.tsx'
import { RoomView } from './room-view.tsx'

interface Props {
  readonly room: string
  readonly fresh: boolean
  readonly onFreshShown: () => void
  readonly onKeys: () => void
}

/** The address of a room: the room with the others of this tab beside it, or the door to it. */
export function RoomPage({ room, fresh, onFreshShown, onKeys }: Props) {
  const { rooms, drafts } = useTab()
  const all = useOpenRooms()
  const open = all.find((one) => one.room === room)
  const unread = all.reduce((sum, one) => sum + one.unread, 0)
  useTitle(unread, titleOf(room))
  useSwitchKeys(
    all.map((one) => one.room),
    room,
  )

  const leave = () => {
    const index = all.findIndex((one) => one.room === room)
    const next = all[index + 1] ?? all[index - 1]
    rooms.leave(room)
    drafts.forget(room)
    navigate(next === undefined ? '/' : roomPath(next.room))
  }

  return (
    <div className="room-page">
      {all.length > (open === undefined ? 0 : 1) && <Rail rooms={all} current={room} />}
      {open === undefined ? (
        <Enter key={room} room={room} onEnter={(name) => rooms.enter({ room, name })} />
      ) : (
        <RoomView key={room} open={open} fresh={fresh} onFreshShown={onFreshShown} onKeys={onKeys} onLeave={leave} />
      )}
    </div>
  )
}

/** Alt with an arrow goes to the room above or below. */
function useSwitchKeys(all: readonly string[], current: string): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
      const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0
      if (step === 0 || all.length === 0 || document.querySelector('dialog[open]') !== null) return
      event.preventDefault()
      const to = all[(all.indexOf(current) + step + all.length) % all.length]
      if (to !== undefined) navigate(roomPath(to))
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [all, current])
}
