import type { Epoch, MemberId, Offset, RoomId } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { tickets } from './tickets.ts'

const LIFE_MS = 60_000
const admission = {
  room: 'tea' as RoomId,
  member: 'AAAAAAAAAAAAAAAA' as MemberId,
  epoch: 'epoch' as Epoch,
  joined: 12_345 as Offset,
  via: undefined,
}
let now = 1_000_000
const office = tickets(Buffer.alloc(32, 1), () => now, LIFE_MS)

test('a ticket proves what it was issued for, on every gateway with the same secret', () => {
  const other = tickets(Buffer.alloc(32, 1), () => now, LIFE_MS)
  expect(other.read(office.issue(admission), admission.room, admission.member)).toEqual(admission)
  for (const via of ['invite-1', 's.abc.i.def']) {
    const invited = { ...admission, via }
    expect(other.read(office.issue(invited), admission.room, admission.member)).toEqual(invited)
  }
})

test('a ticket is worth nothing to anybody else, elsewhere, under another secret, or changed', () => {
  const ticket = office.issue(admission)
  const { room, member } = admission
  expect(office.read(ticket, 'coffee' as RoomId, member)).toBeUndefined()
  expect(office.read(ticket, room, 'BBBBBBBBBBBBBBBB' as MemberId)).toBeUndefined()
  expect(tickets(Buffer.alloc(32, 2), () => now, LIFE_MS).read(ticket, room, member)).toBeUndefined()
  for (let i = 0; i < ticket.length; i++) {
    const changed = `${ticket.slice(0, i)}${ticket[i] === 'x' ? 'y' : 'x'}${ticket.slice(i + 1)}`
    // The last character of base64url holds spare bits, so a change of it may mean the same bytes.
    if (i < ticket.length - 1) expect(office.read(changed, room, member)).toBeUndefined()
  }
  for (const nonsense of ['', '.', '....', 'a.b.c.d.e.f', 'x'.repeat(4_000)])
    expect(office.read(nonsense, room, member)).toBeUndefined()
})

test('a ticket ends when its time is over', () => {
  const ticket = office.issue(admission)
  now += LIFE_MS - 1
  expect(office.read(ticket, admission.room, admission.member)).toEqual(admission)
  now += 1
  expect(office.read(ticket, admission.room, admission.member)).toBeUndefined()
})
