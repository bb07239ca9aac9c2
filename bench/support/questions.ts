import type { Spent } from './profile.ts'

/** Who answers: the server's probe, the idle process's probe, or the load process of the crowd or of a decoy's crowd. */
export type Target = 'server' | 'idle' | 'crowd' | 'decoy'

/** What a load process asks in the middle of its job; the benchmark passes it on to the target. */
export interface Question {
  readonly id: number
  readonly target: Target
  readonly what: 'memory' | 'cpu' | 'watch-delay' | 'delay' | 'watch-profile' | 'profile' | 'talk' | 'hush' | 'leave'
}

export interface Answer {
  /** Heap used + external after a forced collection. */
  readonly usedBytes?: number
  readonly residentBytes?: number
  /** Processor time so far, user and system. */
  readonly cpuMs?: number
  /** The answering process's own clock, in milliseconds. */
  readonly atMs?: number
  /** The event loop's largest delay since `watch-delay`. */
  readonly delayMs?: number
  /** The longest collection of garbage since then. */
  readonly collectionMs?: number
  /** Since `watch-profile`: what the processor did. */
  readonly spent?: Spent
}

export interface Reply {
  readonly id: number
  readonly answer: Answer
}
