import type { CreateSettings, Identity } from '@whisperrooms/client'

/** How far the reader has got in a room: an offset of an epoch, and its bus time to compare across epochs. */
export interface ReadMark {
  readonly epoch: string
  readonly offset: number
  readonly at: number
}

/** What makes a reload the same person in the same rooms. Nothing of a message. */
export interface KeptRoom {
  readonly room: string
  readonly name: string
  /** With what the room was opened here, to open it again if it was forgotten. */
  readonly create: (CreateSettings & { readonly own?: boolean }) | undefined
  readonly identity: Identity | undefined
  readonly read: ReadMark | undefined
}

/** Where the rooms of this tab are kept until one leaves them. */
export interface KeptRooms {
  load(): readonly KeptRoom[]
  save(rooms: readonly KeptRoom[]): void
}

const KEY = 'whisperrooms.rooms'

/** Keeps them in `sessionStorage`: it ends with the tab. Without storage the page works, but a reload is a new person. */
export function keepInSession(): KeptRooms {
  return {
    load() {
      try {
        const value: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]')
        return Array.isArray(value) ? value.filter(isKeptRoom) : []
      } catch {
        return []
      }
    },
    save(rooms) {
      try {
        if (rooms.length === 0) sessionStorage.removeItem(KEY)
        else sessionStorage.setItem(KEY, JSON.stringify(rooms))
      } catch {
        // Storage may be forbidden or full.
      }
    },
  }
}

/** Only this page writes the entry, so its outer shape is enough to tell it from an older version's. */
function isKeptRoom(value: unknown): value is KeptRoom {
  return (
    typeof value === 'object' &&
    value !== null &&
    'room' in value &&
    typeof value.room === 'string' &&
    'name' in value &&
    typeof value.name === 'string'
  )
}
