import type { AbuseTally } from '../load/abuse-jobs.ts'
import { short, table } from '../support/markdown.ts'

/** Of what was to be sent: less, and the abuse was not what it is said to be. */
const ENOUGH = 0.95
const DUE: Readonly<Record<string, number>> = { upgrades: 2_000 }
const FRAMES_DUE = 1_000

const perSecond = ({ sent, seconds }: AbuseTally): number => sent / seconds

/** What the abusers did and met, one row for each kind. */
export function abuseTable(tallies: readonly AbuseTally[]): string {
  const kinds = [...new Set(tallies.map(({ kind }) => kind))]
  const rows = kinds.map((kind) => {
    const those = tallies.filter((tally) => tally.kind === kind)
    return [
      `${those.length} × ${kind}`,
      short(Math.min(...those.map(perSecond))),
      short(sum(those.map(({ heldBack }) => heldBack))),
      short(sum(those.map(({ seconds }) => seconds))),
      String(sum(those.map(({ connections }) => connections))),
      countsOf(those.map(({ refusals }) => refusals)),
      countsOf(those.map(({ closes }) => closes)),
      countsOf(those.map(({ refusedUpgrades }) => refusedUpgrades)),
    ]
  })
  const head = [
    'abusers',
    'sent/s each, least',
    'held back',
    'seconds in',
    'let in',
    'refusals',
    'closes',
    'refused upgrades',
  ]
  return table(head, rows)
}

/** Why it was not the abuse that was asked for, if so. What the gateway itself does not read is no fault. */
export function abuseFaults(tallies: readonly AbuseTally[]): string[] {
  return tallies
    .filter((tally) => tally.heldBack === 0 && perSecond(tally) < ENOUGH * (DUE[tally.kind] ?? FRAMES_DUE))
    .map((tally) => `abuse: one of ${tally.kind} sent only ${short(perSecond(tally))}/s`)
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

function countsOf(all: readonly Readonly<Record<string, number>>[]): string {
  const total: Record<string, number> = {}
  for (const counts of all) for (const [what, n] of Object.entries(counts)) total[what] = (total[what] ?? 0) + n
  return (
    Object.entries(total)
      .map(([what, n]) => `${short(n)} × ${what}`)
      .join(', ') || '–'
  )
}
