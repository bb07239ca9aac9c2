import type { TimelineItem, TimelineMessage } from '@whisperrooms/client'
import type { Epoch, Key, MemberId, Offset } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { type Row, rowsOf } from './rows.ts'

const START = Date.UTC(2026, 2, 3, 12)

function said(by: string, atSeconds: number, own = false): TimelineMessage {
  const at = START + atSeconds * 1000
  return {
    kind: 'message',
    id: `${by}.${atSeconds}`,
    epoch: 'e1' as Epoch,
    offset: atSeconds as Offset,
    key: `key-${atSeconds}` as Key,
    from: { id: by as MemberId, name: by },
    own,
    text: 'words',
    replyTo: undefined,
    at,
    expires: at + 180_000,
    deadlineMs: at + 180_000,
  }
}

const heads = (rows: readonly Row[]) => rows.map((row) => (row.kind === 'message' ? row.head : row.kind))
const mark = (offset: number) => ({ epoch: 'e1', offset, at: START + offset * 1000 })

test('messages of one author within a minute form a group, with the author named once', () => {
  const rows = rowsOf(
    [said('mira', 0), said('mira', 59), said('mira', 120), said('jun', 121), said('mira', 122)],
    undefined,
  )
  expect(heads(rows)).toEqual([true, false, true, true, true])
})

test('when the first message of a group vanishes, only the next one changes', () => {
  const all = [said('mira', 0), said('mira', 50), said('mira', 100), said('mira', 150)]
  expect(heads(rowsOf(all, undefined))).toEqual([true, false, false, false])
  expect(heads(rowsOf(all.slice(1), undefined))).toEqual([true, false, false])
})

test('a gap is a line of its own and ends a group', () => {
  const gap: TimelineItem = { kind: 'vanished', id: 'gap-1', count: 3 }
  const rows = rowsOf([said('mira', 0), gap, said('mira', 5)], undefined)
  expect(heads(rows)).toEqual([true, 'vanished', true])
})

test('what is new is divided from what was seen, once, and not before one’s own message', () => {
  const all = [said('mira', 0), said('ada', 1, true), said('jun', 2), said('jun', 3)]
  expect(heads(rowsOf(all, mark(0)))).toEqual([true, true, 'new', true, false])
})

test('there is no divider when nothing that was seen is left above', () => {
  expect(heads(rowsOf([said('jun', 2), said('jun', 3)], mark(1)))).toEqual([true, false])
})

test('a new day is a line of its own', () => {
  const rows = rowsOf([said('mira', 0), said('mira', 24 * 3600)], undefined)
  expect(heads(rows)).toEqual([true, 'day', true])
})
