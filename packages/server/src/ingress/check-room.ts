import type { Transform } from 'node:stream'
import { stage } from '../streams/stage.ts'
import type { Intent, Refuse } from './intent.ts'

/** Refuses messages to a room that holds as much as it may. What makes room, such as an unsend, passes. */
export function checkRoom(refuse: Refuse): Transform {
  return stage<Intent, Intent>((intent) => {
    if (intent.frame.type !== 'send' || !intent.sender.room.isBusy) return intent
    refuse(intent, 'room_busy')
    return undefined
  })
}
