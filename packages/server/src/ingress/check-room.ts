import type { Transform } from 'node:stream'
import { stage } from '../streams/stage.ts'
import type { Intent, Refuse } from './intent.ts'

/**
 * Refuses what a room cannot take: messages, while it holds as much as it may (what makes room, such as an unsend, passes), and everything
 * while it is not in the log.
 */
export function checkRoom(refuse: Refuse): Transform {
  return stage<Intent, Intent>((intent) => {
    const { room } = intent.sender
    const isFull = intent.frame.type === 'send' && room.isBusy
    if (room.isOpen && !isFull) return intent
    refuse(intent, isFull ? 'room_busy' : 'bus_unavailable')
    return undefined
  })
}
