import type { Row } from './rows.ts'

/** Neighbouring lines that are rendered, and skipped by the browser while out of sight, as one. */
export interface Block {
  /** Stays the same for the life of its lines. */
  readonly key: number
  readonly rows: readonly Row[]
}

/** Rows per block: a screen or two. */
const SIZE = 48

/**
 * Keeps a list of lines in blocks: a line stays in its block as others come below, are loaded above, or vanish, and a
 * block in which nothing changed stays the same object. So one message among 5,000 is one block of React's work, and the
 * browser walks a hundred boxes per frame and not 5,000.
 */
export function createBlocks(): (rows: readonly Row[]) => readonly Block[] {
  let blocks: readonly Block[] = []

  return (rows) => {
    const keyOf = new Map<string, number>()
    for (const block of blocks) for (const row of block.rows) keyOf.set(row.id, block.key)
    const before = new Map(blocks.map((block) => [block.key, block]))

    const next: { key: number; rows: Row[] }[] = []
    let newest = blocks.at(-1)?.key ?? 0
    const firstKnown = rows.findIndex((row) => keyOf.has(row.id))
    const older = firstKnown === -1 ? [] : rows.slice(0, firstKnown)
    let key = (blocks[0]?.key ?? 0) - Math.ceil(older.length / SIZE)
    for (let i = 0; i < older.length; i += SIZE) next.push({ key: key++, rows: older.slice(i, i + SIZE) })

    for (const row of rows.slice(older.length)) {
      const last = next.at(-1)
      // Blocks follow each other, so a line that moved up, as the divider may, goes where its neighbours are.
      const known = keyOf.get(row.id)
      if (known !== undefined && known > (last?.key ?? Number.NEGATIVE_INFINITY)) next.push({ key: known, rows: [row] })
      else if (known !== undefined && last !== undefined) last.rows.push(row)
      else if (last !== undefined && last.rows.length < SIZE) last.rows.push(row)
      else if (last !== undefined && last.key < newest) last.rows.push(row)
      else {
        if (last !== undefined) newest++
        next.push({ key: newest, rows: [row] })
      }
    }
    blocks = next.map((block) => {
      const same = before.get(block.key)
      return same !== undefined && sameRows(same.rows, block.rows) ? same : block
    })
    return blocks
  }
}

function sameRows(a: readonly Row[], b: readonly Row[]): boolean {
  return a.length === b.length && a.every((row, index) => sameRow(row, b[index]))
}

function sameRow(a: Row, b: Row | undefined): boolean {
  if (b === undefined || a.id !== b.id || a.kind !== b.kind) return false
  switch (a.kind) {
    case 'message':
      return b.kind === 'message' && a.message === b.message && a.head === b.head
    case 'vanished':
      return b.kind === 'vanished' && a.count === b.count
    default:
      return true
  }
}
