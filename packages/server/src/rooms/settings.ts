import type { History, RoomSettings } from '@whisperrooms/protocol'

/** What a `create` record asks for, and what a `set` record changes. `ttl` in seconds. */
export interface SettingsChange {
  readonly ttl?: number
  readonly history?: History
  readonly locked?: boolean
  readonly listed?: boolean
  readonly sealed?: boolean
  readonly ownerHash?: string
}

export const DEFAULT_SETTINGS: RoomSettings = {
  ttl: 180,
  history: 'live',
  locked: false,
  listed: false,
  sealed: false,
}

/** The fields of `change` that are settings of the right type; anything else in it is dropped. */
export function readSettings(change: Readonly<Record<string, unknown>>): SettingsChange {
  const { ttl, history, locked, listed, sealed, ownerHash } = change
  return {
    ...(typeof ttl === 'number' && ttl > 0 ? { ttl } : {}),
    ...(history === 'live' || history === 'none' ? { history } : {}),
    ...(typeof locked === 'boolean' ? { locked } : {}),
    ...(typeof listed === 'boolean' ? { listed } : {}),
    ...(typeof sealed === 'boolean' ? { sealed } : {}),
    ...(typeof ownerHash === 'string' ? { ownerHash } : {}),
  }
}

/** The settings of `after` that differ from those of `before`; `undefined` when none does. */
export function changeBetween(before: RoomSettings, after: RoomSettings): SettingsChange | undefined {
  const differing = Object.entries(after).filter(([name, value]) => value !== before[name as keyof RoomSettings])
  return differing.length === 0 ? undefined : Object.fromEntries(differing)
}
