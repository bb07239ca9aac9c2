import type { Transform } from 'node:stream'
import type { Role } from '@whisperrooms/protocol'
import { stage } from '../streams/stage.ts'
import type { Intent, IntentFrame, Refuse } from './intent.ts'

/** Who may ask for what. The log decides in the end; this spares it what is plainly not allowed. */
const ALLOWED: Readonly<Record<IntentFrame['type'], readonly Role[]>> = {
  send: ['owner', 'member'],
  unsend: ['owner', 'member'],
  react: ['owner', 'member'],
  typing: ['owner', 'member'],
  set: ['owner'],
  kick: ['owner'],
  mute: ['owner'],
  role: ['owner'],
  revoke: ['owner'],
  burn: ['owner'],
  close: ['owner'],
}

/** @param isReadOnly whether nobody may say anything for the moment, on the operator's word. */
export function authorise(refuse: Refuse, isReadOnly: () => boolean): Transform {
  return stage<Intent, Intent>((intent) => {
    const { type } = intent.frame
    const isSilenced = (type === 'send' || type === 'react') && isReadOnly()
    if (ALLOWED[type].includes(intent.sender.role) && !isSilenced) return intent
    refuse(intent, 'not_allowed')
    return undefined
  })
}
