import type { MemberId, Offset } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { Standings } from './standings.ts'

const at = (offset: number) => offset as Offset
const ADA = 'AAAAAAAAAAAAAAAA' as MemberId
const BOB = 'BBBBBBBBBBBBBBBB' as MemberId

test('a record is judged by what counted where it stands', () => {
  const standings = new Standings()
  standings.mute(ADA, true, at(10))
  standings.mute(ADA, false, at(20))
  expect([9, 10, 11, 20, 21].map((offset) => standings.isMuted(ADA, at(offset)))).toEqual([
    false,
    false,
    true,
    true,
    false,
  ])
  expect(standings.isMuted(ADA)).toBe(false)
})

test('who is barred is known by their id, and by whose token they came with', () => {
  const standings = new Standings()
  standings.bar('s.subject', at(5))
  for (const via of ['s.subject', 's.subject.i.invite', 'i.invite.s.subject'])
    expect(standings.isBarred(BOB, via)).toBe(true)
  for (const via of ['s.another', 'i.subject', 's.subject2', '']) expect(standings.isBarred(BOB, via)).toBe(false)
  expect(standings.isBarred(BOB, undefined)).toBe(false)
  standings.bar(BOB, at(6))
  expect(standings.isBarred(BOB, undefined)).toBe(true)
})

test('in a new log what counted last has always counted', () => {
  const standings = new Standings()
  standings.setRole(ADA, 'reader', at(100))
  standings.setRole(ADA, 'owner', at(200))
  standings.beginAnew()
  expect(standings.roleOf(ADA, at(0))).toBe('owner')
})

test('it is the same after it was kept as JSON, and what is not of that shape is left out', () => {
  const standings = new Standings()
  expect(standings.toJson()).toBeUndefined()
  standings.bar(BOB, at(7))
  standings.mute(ADA, true, at(8))
  standings.setRole(ADA, 'reader', at(9))
  const kept = JSON.parse(JSON.stringify(standings.toJson()))
  const again = new Standings()
  again.adopt(kept)
  expect(JSON.stringify(again.toJson())).toBe(JSON.stringify(standings.toJson()))
  const odd = new Standings()
  odd.adopt({
    uses: [7, [1, 2], ['id', 'x']],
    barred: [[BOB], 7, [ADA, [[1, 'yes']]]],
    muted: 'no',
    roles: [[ADA, [[1, 'admiral']]]],
  })
  expect(odd.toJson()).toBeUndefined()
})

test('a flood of names takes no more memory than a thousand of them', () => {
  const standings = new Standings()
  for (let i = 0; i < 3_000; i++) standings.bar(`member-${i}`, at(i))
  expect(standings.isBarred('member-0' as MemberId, undefined)).toBe(false)
  expect(standings.isBarred('member-2999' as MemberId, undefined)).toBe(true)
  expect(JSON.stringify(standings.toJson()).length).toBeLessThan(64 * 1024)
})
