import type { Transform } from 'node:stream'
import { type ErrorCode, faultOfText, LIMITS } from '@whisperrooms/protocol'
import { stage } from '../streams/stage.ts'
import type { Intent, IntentFrame, Refuse } from './intent.ts'

export interface TtlRange {
  readonly minSeconds: number
  readonly maxSeconds: number
}

/** Refuses what breaks a limit of the protocol or of the operator, with the code that says which. */
export function checkLimits(refuse: Refuse, ttl: TtlRange): Transform {
  return stage<Intent, Intent>((intent) => {
    const code = faultOf(intent.frame, intent.sender.room.now, ttl)
    if (code === undefined) return intent
    refuse(intent, code)
    return undefined
  })
}

function faultOf(frame: IntentFrame, now: number, ttl: TtlRange): ErrorCode | undefined {
  switch (frame.type) {
    case 'send':
      if (frame.ttl !== undefined && !(frame.ttl >= 1)) return 'bad_ttl'
      if (frame.before !== undefined && frame.before <= now) return 'too_late'
      if (frame.before !== undefined && frame.before > now + LIMITS.beforeMs + LIMITS.beforeSlackMs) return 'bad_before'
      return faultOfText(frame.text)
    case 'set':
      return frame.ttl === undefined || isTtl(frame.ttl, ttl) ? undefined : 'bad_ttl'
    default:
      return undefined
  }
}

/** Whether a room may have this time to live, in seconds. */
export function isTtl(seconds: number, { minSeconds, maxSeconds }: TtlRange): boolean {
  return Number.isInteger(seconds) && seconds >= minSeconds && seconds <= maxSeconds
}
