import type { RoomBook } from './room-book.ts'

export type FaultKind =
  /** In the log, and a member neither had it on the screen nor was told of a loss. */
  | 'lost'
  /** More than once on a screen, or in a log. */
  | 'duplicate'
  /** Out of the log's order on a screen, or out of its author's order in the log. */
  | 'reordered'
  /** Served after its deadline, or on a screen more than a second after it. */
  | 'late'
  /** Off a screen more than a second before its deadline. */
  | 'early'
  /** Told differently to different members: its place, or its deadline. */
  | 'conflicting'
  /** Its author was told that it is in the log, and nobody ever received it from there. */
  | 'false ack'
  /** Its author got it back as not sent, and somebody received it. */
  | 'false return'
  /** A member was told that all that was alive had come, and it had not. */
  | 'false recovered'
  /** A member came back within the time to live, in the same epoch, and was not told that all had come. */
  | 'not recovered'
  /** Its author was never told what became of it. */
  | 'unsettled'

export interface Fault {
  readonly kind: FaultKind
  readonly room: string
  readonly who: string
  /** The message; `undefined` where it is about a connection. */
  readonly text: string | undefined
  readonly what: string
  /** Another message that its story is about as well. */
  readonly beside: string | undefined
}

/** What the parts of a ledger write down, about one room. */
export interface Page {
  readonly room: RoomBook
  /** Monotonic, in milliseconds. */
  clock(): number
  /** How late timers of this process have been lately, in milliseconds. */
  lagMs(): number
  /** Notes what happened, for the story. */
  note(who: string, what: string, text?: string): void
  fault(kind: FaultKind, who: string, text: string | undefined, what: string, beside?: string): void
}
