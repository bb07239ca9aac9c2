import type { Pair, Window } from '../load/jobs.ts'
import { median } from '../support/statistics.ts'

type Side = 'without' | 'with'

/** The median over the pairs of one figure of one side. */
export const medianOf = (pairs: readonly Pair[], side: Side, figure: (window: Window) => number): number =>
  median(pairs.map((pair) => figure(pair[side])))

export const p50 = (window: Window): number => window.p50Ms
export const p99 = (window: Window): number => window.p99Ms

/** The event loop's longest delay less that of a process that did nothing at the same time, in milliseconds. */
export const stall = (window: Window): number => Math.max(0, window.delayMs - window.idleDelayMs)

/** How long the load's own event loop kept things waiting, 99th percentile, in milliseconds. */
export const generatorDelay = (window: Window): number => window.generatorDelayMs

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`

/** A window in which next to nothing arrived has no p99. */
export const tooFewSamples = (pairs: readonly Pair[], least: number): boolean =>
  pairs.some((pair) => pair.with.samples < least || pair.without.samples < least)

/** The most anybody else used of the server's core in any window, 0–1: with much of it, a p99 is theirs. */
export const othersOnCore = (pairs: readonly Pair[]): number =>
  Math.max(...pairs.flatMap((pair) => [pair.without.core.others, pair.with.core.others]))
