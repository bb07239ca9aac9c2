import type { Transform } from 'node:stream'
import { type ErrorCode, LIMITS, type Meta } from '@whisperrooms/protocol'
import type { RoomKind } from '../plugin.ts'
import { stage } from '../streams/stage.ts'
import type { Intent, Refuse } from './intent.ts'

/** What the optional stages have made of a message so far. */
export interface Said {
  text: string
  meta: Meta
  readonly kind: RoomKind
  /** Until when it may enter the log, in bus time: counted from its arrival, however long stages take. */
  readonly before: number
}

/** Why a stage refused a message. */
export type StageRefusal = 'rejected' | 'threw' | 'timed_out' | 'swallowed' | 'nonsense' | 'ended'

/** Told of every message a stage refused: which stage, why, and the error if there was one. Never of what was said. */
export type StageRefused = (stage: string, reason: StageRefusal, error?: unknown) => void

/** What a stage needs beside the messages. */
export interface StageTools {
  readonly refuse: Refuse
  readonly refused: StageRefused
}

/** @returns what an intent says, for stages to work on; `undefined` when there is nothing for them: no message, or a sealed one. */
export function saidOf(intent: Intent): Said | undefined {
  const { frame, sender } = intent
  if (frame.type !== 'send' || intent.state !== 'open') return undefined
  if (intent.said !== undefined) return intent.said
  const { room } = sender
  if (room.settings.sealed) return undefined
  intent.said = {
    text: frame.text,
    meta: {},
    kind: room.settings.listed ? 'listed' : 'unlisted',
    before: frame.before ?? room.now + LIMITS.beforeMs,
  }
  return intent.said
}

/** A stage over what is said in rooms of some kinds: changes it, or says with which code it is refused. */
export function textStage(
  name: string,
  kinds: readonly RoomKind[],
  { refuse, refused }: StageTools,
  change: (said: Said) => ErrorCode | undefined,
): Transform {
  function codeFor(said: Said): ErrorCode | undefined {
    try {
      const code = change(said)
      if (code !== undefined) refused(name, 'rejected')
      return code
    } catch (error) {
      refused(name, 'threw', error)
      return 'stage_failed'
    }
  }

  return stage<Intent, Intent>((intent) => {
    const said = saidOf(intent)
    if (said === undefined || !kinds.includes(said.kind)) return intent
    const code = codeFor(said)
    if (code === undefined) return intent
    refuse(intent, code)
    return undefined
  })
}

/** The same value with every text in it, names of fields included, replaced by what `change` makes of it. */
export function mapTexts(meta: Meta, change: (text: string) => string): Meta {
  const map = (value: unknown): unknown => {
    if (typeof value === 'string') return change(value)
    if (Array.isArray(value)) return value.map(map)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [change(name), map(inner)]))
  }
  return Object.fromEntries(Object.entries(meta).map(([name, value]) => [change(name), map(value)]))
}
