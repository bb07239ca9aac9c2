import { PassThrough, pipeline } from 'node:stream'
import type { ErrorCode, Key, RoomRecord } from '@whisperrooms/protocol'
import { type Bus, shardOf } from '../bus/bus.ts'
import type { Clock, Scheduler } from '../clock.ts'
import type { Outcome } from '../rooms/outcome.ts'
import { authorise } from './authorise.ts'
import { checkLimits, type TtlRange } from './check-limits.ts'
import { checkRoom } from './check-room.ts'
import { commit } from './commit.ts'
import { Expected, type Expecting } from './expected.ts'
import { type Answered, InFlight } from './in-flight.ts'
import type { Intent, Refuse } from './intent.ts'
import type { MakeStage } from './optional-stages.ts'
import { stamp } from './stamp.ts'

/** A bus that has not confirmed for this long is taken to be unavailable, in milliseconds. */
const CONFIRM_MS = 1_000
/** How often that is looked at, while anything is in flight. */
const LOOK_MS = 200

export interface IngressOptions {
  readonly bus: Bus
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly ttl: TtlRange
  /** Whether new messages are refused, on the operator's word. */
  readonly isReadOnly: () => boolean
  /** What the operator has put between; without it nothing. */
  readonly stages?: readonly MakeStage[] | undefined
  /** Without it nobody is told but senders. */
  readonly answered?: Answered | undefined
  /** The pipeline has ended, which it never should. */
  readonly failed: (error: Error) => void
}

export interface Ingress {
  /** Takes in what somebody wants said. The answer comes to the intent's sender. */
  submit(intent: Intent): void
  /** A record was observed in the log. @returns whether it was one of this gateway's members'. */
  observed(record: RoomRecord, outcome: Outcome): boolean
  /** Somebody waits for a message of theirs, or no longer for the one before: `undefined`: for none. */
  expect(who: Expecting, before: Key | undefined, key: Key | undefined): void
}

/**
 * From the sessions to the bus: check limits · authorise · optional stages · check room · stamp · commit.
 *
 * What may pass is refused behind the optional stages only: there everything is in its order again, and nothing still on its way would be
 * held for something that came after it.
 */
export function ingress(options: IngressOptions): Ingress {
  const { bus, clock, scheduler, ttl, isReadOnly, stages = [], answered, failed } = options
  const inFlight = new InFlight(answered)
  const expected = new Expected()
  const source = new PassThrough({ objectMode: true, highWaterMark: 1024 })
  const refuse: Refuse = (intent, code) => {
    if (intent.state !== 'open') return
    inFlight.delete(intent)
    tell(intent, code)
  }
  let looking = false

  pipeline(
    [
      source,
      checkLimits(refuse, ttl),
      authorise(refuse, isReadOnly),
      ...stages.map((make) => make(refuse)),
      checkRoom(refuse),
      stamp(),
      commit(bus, refuse, giveUp),
    ],
    (error) => {
      if (error) failed(error)
    },
  )

  function tell(intent: Intent, code: ErrorCode): void {
    answered?.(intent, code)
    intent.sender.refuse(intent, code)
  }

  /** Tells senders that it was not sent. It may turn up in the log all the same, so it is not forgotten yet. */
  function giveUp(intents: readonly Intent[]): void {
    for (const intent of intents) if (intent.state === 'open') tell(intent, 'bus_unavailable')
  }

  function look(): void {
    looking = false
    giveUp(inFlight.overdue(clock() - CONFIRM_MS))
    if (inFlight.size > 0) lookAgain()
  }

  function lookAgain(): void {
    if (looking) return
    looking = true
    scheduler.after(LOOK_MS, look)
  }

  return {
    submit(intent) {
      if (!bus.isReady(shardOf(intent.sender.room.key, bus.shards))) {
        // What came before it is refused before it, or it would have to wait behind it.
        giveUp(inFlight.openOf(intent.sender))
        tell(intent, 'bus_unavailable')
        return
      }
      inFlight.add(intent)
      lookAgain()
      source.write(intent)
    },
    observed(record, outcome) {
      const isOurs = inFlight.observed(record, outcome)
      expected.observed(record, outcome)
      return isOurs
    },
    expect(who, before, key) {
      if (before !== undefined) expected.delete(who, before)
      if (key !== undefined) expected.add(who, key)
    },
  }
}
