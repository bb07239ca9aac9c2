import type { Transform } from 'node:stream'
import { stage } from '../streams/stage.ts'
import type { Intent, Refuse } from './intent.ts'

/**
 * Refuses what a room cannot take: messages and reactions, while it holds as much as it may (what makes room, such as an unsend, passes), and everything
 * while it is not in the log.
 */
export function checkRoom(refuse: Refuse): Transform {
  return stage<Intent, Intent>((intent) => {
    const { frame, sender } = intent
    const { room } = sender
    const isFull = room.isBusy && (frame.type === 'send' || (frame.type === 'react' && frame.on))
    if (room.isOpen && !isFull) return intent
    refuse(intent, isFull ? 'room_busy' : 'bus_unavailable')
    return undefined
  })
}
