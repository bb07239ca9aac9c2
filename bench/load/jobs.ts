import type { ServerName } from '../servers/commands.ts'
import type { Shares, Used } from '../support/processor.ts'
import type { Times } from '../support/statistics.ts'
import type { AbuseJob, AbuseResult, HonestJob, HonestResult } from './abuse-jobs.ts'
import type { CoreShare } from './core-share.ts'

export interface Where {
  readonly server: ServerName
  readonly port: number
}

/** Closed loop: as many messages a second as `inFlight` allows. Times in seconds. */
export interface FanOutJob extends Where {
  readonly kind: 'fanout'
  readonly members: number
  readonly inFlight: number
  readonly warmUp: number
  readonly window: number
}

export interface FanOutResult {
  /** Message frames that reached a member within the window. */
  readonly deliveries: number
  readonly seconds: number
  /** Messages of the whole run, and how many deliveries were missing or too many at its end, over all members. */
  readonly sent: number
  readonly lost: number
  /** Deliveries of the checked members that were counted by marks as well, and by how many the counts differed. */
  readonly checked: number
  readonly miscounted: number
  /** Share of one core, 0–1. */
  readonly generatorCpu: number
  readonly core: CoreShare
  readonly errors: Readonly<Record<string, number>>
}

/** Members who say nothing, in rooms of equal size. */
export interface IdleJob extends Where {
  readonly kind: 'idle'
  readonly members: number
  readonly rooms: number
}

export interface IdleResult {
  /** Bytes per member over the empty server: heap used + external after a forced collection, and resident. */
  readonly usedBytes: number
  readonly residentBytes: number
  readonly emptyResidentBytes: number
}

/** A busy room with, and without, members that stop reading. Times in seconds. */
export interface SlowJob extends Where {
  readonly kind: 'slow'
  /** Those that read. */
  readonly members: number
  /** Those that stop. */
  readonly stalled: number
  /** Messages per second. */
  readonly rate: number
  readonly pairs: number
  /** Until the room holds as much as it ever will: messages for the TTL, keys of duplicates for longer. */
  readonly warmUp: number
  readonly window: number
  /** The longest wait for the kernel's buffers of the stalled members to be full. */
  readonly fill: number
  /** Whether longer messages than the usual are said meanwhile, without which a big room takes minutes to fill them. */
  readonly isFilled: boolean
  /** Of the gateway's `/metrics`, to ask it how many lag; none: it is not asked. */
  readonly metricsToken?: string
  /** From then to a window's start. */
  readonly settle: number
  /** The one long stall after which one reads again; 0: there is none. */
  readonly stall: number
}

/** What was seen in one window. */
export interface Window {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly samples: number
  /** The server's event-loop delay's maximum, and an idle process's at the same time. */
  readonly delayMs: number
  readonly idleDelayMs: number
  /** The 99th percentile of the load process's own: a p99 near it is the load's. */
  readonly generatorDelayMs: number
  readonly core: CoreShare
}

export interface Pair {
  readonly without: Window
  readonly with: Window
}

export interface SlowPair extends Pair {
  /** What the kernel held for the stalled members when their window began. */
  readonly kernelBytes: number
  /** What each stalled member costs the server: heap used + external that its leaving frees. */
  readonly usedBytes: number
  /** Members who lagged at the end of the window, as the gateway counts them; `NaN` when it was not asked. */
  readonly lagging: number
  /** Resident, at the ends of the two windows: what the allocator keeps is in it, and whatever else changed. */
  readonly residentBytes: number
}

/** What a member received after it began to read again. Counts are messages. */
export interface Awakening {
  readonly stallSeconds: number
  /** What the kernel held for it when it woke. */
  readonly kernelBytes: number
  /** What each of those that stalled as long cost the server. */
  readonly usedBytes: number
  /** The close code, when the server ended the connection instead. */
  readonly closed: number | null
  readonly gaps: number
  /** Came before the first `gap`: written before the stall ended, held by the kernel. */
  readonly held: number
  readonly heldExpired: number
  readonly afterGap: number
  /** Past their deadline, and past it by more than a second, when they arrived after the first `gap`. */
  readonly expiredAfterGap: number
  readonly servedDead: number
  /** Messages others got after the last `gap`'s cursor that it did not. */
  readonly missingAfterGap: number
}

export interface SlowResult {
  readonly pairs: readonly SlowPair[]
  readonly awakening: Awakening | null
  readonly errors: Readonly<Record<string, number>>
}

/** Small rooms while a crowd, in another process, is in one big room that is silent or busy. */
export interface FairnessJob extends Where {
  readonly kind: 'fairness'
  readonly rooms: number
  readonly membersPerRoom: number
  /** Messages per second and room. */
  readonly rate: number
  readonly pairs: number
  readonly window: number
  readonly settle: number
}

export interface FairnessResult {
  readonly pairs: readonly Pair[]
  readonly errors: Readonly<Record<string, number>>
}

/** The big room: enters, then talks when told to. */
export interface CrowdJob extends Where {
  readonly kind: 'crowd'
  readonly members: number
  readonly rate: number
}

export interface CrowdResult {
  /** Messages said, and the deliveries missing at the end. */
  readonly sent: number
  readonly lost: number
  readonly errors: Readonly<Record<string, number>>
}

/**
 * Members at one gateway speak, one of them in each room, and one reader of each room at another gateway hears them. Open
 * loop. Times in seconds.
 */
export interface AcrossJob {
  readonly kind: 'across'
  readonly sendersPort: number
  readonly readersPort: number
  readonly rooms: number
  /** Messages per second, over all rooms. */
  readonly rate: number
  readonly warmUp: number
  readonly windows: number
  /** The length of each window. */
  readonly window: number
  /** Whose processor time is to be told. */
  readonly pids: Readonly<Record<string, number>>
}

/** What became of the messages that were due in one window. */
export interface AcrossWindow {
  /** From when a message was due to its arrival at the reader. */
  readonly latency: Times
  /** From the broker's append time, in whole milliseconds, to its arrival at the reader. */
  readonly lag: Times
}

export interface AcrossResult {
  readonly windows: readonly AcrossWindow[]
  /** The same over all windows. */
  readonly whole: AcrossWindow
  /** How much later than due messages were written: the load's own doing, and in every latency. */
  readonly lateness: Times
  /** Of the processes named in the job, and of `load`, the load process itself. */
  readonly shares: Shares
  /** Messages of the whole run: sent, acknowledged, acknowledged and never arrived, arrived again, arrived behind a later one. */
  readonly sent: number
  readonly acknowledged: number
  readonly lost: number
  readonly repeated: number
  readonly disordered: number
  /** From the last send until everything had arrived. */
  readonly drainMs: number
  readonly errors: Readonly<Record<string, number>>
}

/** Joins, one after another, of one member each. */
export interface JoinsJob extends Where {
  readonly kind: 'joins'
  /** Rooms that are joined first and not timed. */
  readonly before: readonly string[]
  readonly rooms: readonly string[]
  /** Of the gateway. */
  readonly pid: number
  /** The mean wait between two joins, in milliseconds; each is random, so that none is in step with the server's own doings. */
  readonly pauseMs: number
}

export interface Join extends Used {
  /** From opening the socket until live delivery began. `cpuMs` and `waitedMs`: the gateway's main thread meanwhile. */
  readonly ms: number
  /** Messages that were there already. */
  readonly replayed: number
}

export interface JoinsResult {
  readonly joins: readonly Join[]
  readonly errors: Readonly<Record<string, number>>
}

/** One member in each of some rooms, who says nothing. Says when all are in, and stays until told to leave. */
export interface StayJob extends Where {
  readonly kind: 'stay'
  readonly rooms: readonly string[]
}

export interface StayResult {
  readonly errors: Readonly<Record<string, number>>
}

/** A crowd joins one room evenly within `seconds`; then half of it leaves, and half of the rest is lost, at the same rate. */
export interface ArrivalsJob extends Where {
  readonly kind: 'arrivals'
  readonly members: number
  readonly seconds: number
}

export interface ArrivalsPhase {
  readonly name: string
  /** How many are in the room then. */
  readonly expected: number
  /** Members who were told another number a second after the end, or none that is right. */
  readonly wrong: number
  /** From the end until the last member had been told. */
  readonly settledMs: number
  /** The gateway's event-loop delay's maximum, and its longest collection of garbage. */
  readonly delayMs: number
  readonly collectionMs: number
}

export interface ArrivalsResult {
  readonly phases: readonly ArrivalsPhase[]
  /** Presence frames that one member got, until half had left. */
  readonly mostFrames: number
  readonly errors: readonly string[]
}

/** Members in one big room and in many of one size, of whom `perSecond` leave in a second, and as many come. */
export interface ChurnJob extends Where {
  readonly kind: 'churn'
  readonly members: number
  readonly bigRoom: number
  readonly roomSize: number
  readonly perSecond: number
  readonly seconds: number
}

export interface ChurnResult {
  /** Shares of one core that the gateway takes while nothing changes, and while members come and go. */
  readonly calm: number
  readonly busy: number
  /** Of the latter, by where in the gateway: shares of one core. */
  readonly shares: Readonly<Record<string, number>>
  /** Presence frames that members got, from the beginning. */
  readonly frames: number
  readonly errors: readonly string[]
}

export interface Results {
  arrivals: ArrivalsResult
  churn: ChurnResult
  fanout: FanOutResult
  idle: IdleResult
  slow: SlowResult
  fairness: FairnessResult
  crowd: CrowdResult
  across: AcrossResult
  joins: JoinsResult
  stay: StayResult
  abuse: AbuseResult
  honest: HonestResult
}
export type Job =
  | FanOutJob
  | IdleJob
  | SlowJob
  | FairnessJob
  | CrowdJob
  | AcrossJob
  | JoinsJob
  | StayJob
  | ArrivalsJob
  | ChurnJob
  | AbuseJob
  | HonestJob
export type ResultOf<J extends Job> = Results[J['kind']]
