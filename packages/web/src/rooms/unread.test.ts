import type { TimelineMessage } from '@whisperrooms/client'
import type { Epoch, Key, MemberId, Offset } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { isRead, markAtEnd, unreadIn } from './unread.ts'

function said(offset: number, { own = false, epoch = 'e1', at = offset } = {}): TimelineMessage {
  return {
    kind: 'message',
    id: `m.${epoch}.${offset}`,
    epoch: epoch as Epoch,
    offset: offset as Offset,
    key: `key-${offset}` as Key,
    from: { id: 'mira' as MemberId, name: 'Mira' },
    own,
    text: 'words',
    replyTo: undefined,
    at,
    expires: at + 1000,
    deadlineMs: at + 1000,
  }
}

test('without a mark everything of others is unread', () => {
  expect(unreadIn([said(1), said(2, { own: true }), said(3)], undefined)).toBe(2)
})

test('what was there when somebody looked is read, also when its last message vanishes', () => {
  const mark = markAtEnd([said(1), said(2)], undefined)
  expect(unreadIn([said(1), said(2)], mark)).toBe(0)
  expect(unreadIn([said(3), said(4)], mark)).toBe(2)
})

test('the count falls when unread messages vanish', () => {
  const mark = markAtEnd([said(1)], undefined)
  expect(unreadIn([said(2), said(3)], mark)).toBe(2)
  expect(unreadIn([said(3)], mark)).toBe(1)
  expect(unreadIn([], mark)).toBe(0)
})

test('across epochs, where offsets start anew, time decides', () => {
  const mark = markAtEnd([said(900, { at: 100 })], undefined)
  expect(isRead(said(3, { epoch: 'e2', at: 200 }), mark)).toBe(false)
  expect(isRead(said(1000, { epoch: 'e0', at: 50 }), mark)).toBe(true)
})

test('an empty timeline leaves the mark where it was', () => {
  const mark = markAtEnd([said(5)], undefined)
  expect(markAtEnd([], mark)).toEqual(mark)
})
