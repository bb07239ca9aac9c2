import type { ServerFrame } from '@whisperrooms/protocol'
import type { Alarm, Scheduler } from './scheduler.ts'
import { WhisperError, type WhisperErrorCode } from './whisper-error.ts'

/** The bus answers within 3 s or says that it cannot; twice that and the way there and back is generous. */
const PATIENCE_MS = 10_000

/** Things asked for whose answer is not a frame of its own but their effect, seen in the log. */
export interface Requests {
  /**
   * @param ask sends the frame with this `re`. @returns whether it could
   * @param isEffect whether a frame shows that it was done
   * @returns a promise that rejects with the error echoing its `re`, or `bus_unavailable` when the connection is lost or nothing comes
   */
  ask(ask: (re: string) => boolean, isEffect: (frame: ServerFrame) => boolean): Promise<void>
  /** Fulfils the requests whose effect `frame` shows. */
  observe(frame: ServerFrame): void
  refuse(re: string, code: WhisperErrorCode): void
  refuseAll(code: WhisperErrorCode): void
}

interface Pending {
  readonly isEffect: (frame: ServerFrame) => boolean
  readonly patience: Alarm
  readonly resolve: () => void
  readonly reject: (error: WhisperError) => void
}

export function createRequests(scheduler: Scheduler): Requests {
  const pending = new Map<string, Pending>()
  let asked = 0

  /** @returns the request, which is pending no longer. */
  function take(re: string): Pending | undefined {
    const request = pending.get(re)
    pending.delete(re)
    request?.patience.clear()
    return request
  }

  function refuse(re: string, code: WhisperErrorCode): void {
    take(re)?.reject(new WhisperError(code))
  }

  return {
    refuse,

    ask(ask, isEffect) {
      const re = `${++asked}`
      return new Promise<void>((resolve, reject) => {
        const patience = scheduler.alarm(() => refuse(re, 'bus_unavailable'))
        patience.set(scheduler.now() + PATIENCE_MS)
        pending.set(re, { isEffect, patience, resolve, reject })
        if (!ask(re)) refuse(re, 'bus_unavailable')
      })
    },

    observe(frame) {
      for (const [re, { isEffect }] of pending) if (isEffect(frame)) take(re)?.resolve()
    },

    refuseAll(code) {
      for (const re of pending.keys()) refuse(re, code)
    },
  }
}
