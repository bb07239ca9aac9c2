import type { AcrossResult } from '../load/jobs.ts'
import type { Shares } from '../support/processor.ts'

export const ms = (value: number): string => (Number.isNaN(value) ? '–' : `${value.toFixed(value < 10 ? 2 : 1)} ms`)

/** 0.034 → "3.4 %", of one core. */
export const ofCore = (share: number | undefined): string =>
  share === undefined || Number.isNaN(share) ? '–' : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`

export const cpuCell = (used: Shares['named'][string] | undefined): string =>
  `${ofCore(used?.cpu)} (${ofCore(used?.waited)})`

export const PROCESSORS = ['gateway A', 'gateway B', 'broker', 'load'] as const

export const processorHead: readonly string[] = [...PROCESSORS.map((name) => `${name} CPU (waiting)`), 'others']
export const processorCells = ({ named, others }: Shares): string[] => [
  ...PROCESSORS.map((name) => cpuCell(named[name])),
  ofCore(others),
]

/** What makes the figures of a run worth nothing. */
export function faultsOf(where: string, { errors, repeated, disordered, whole }: AcrossResult): string[] {
  const faults = Object.entries(errors).map(([code, n]) => `${where}: ${n} × ${code}`)
  if (repeated > 0) faults.push(`${where}: ${repeated} messages arrived again`)
  if (disordered > 0) faults.push(`${where}: ${disordered} messages arrived out of order`)
  if (whole.latency.samples === 0) faults.push(`${where}: nothing arrived`)
  return faults
}
