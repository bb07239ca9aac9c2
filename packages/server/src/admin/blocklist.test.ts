import { expect, test } from 'vitest'
import { type Blocklist, blocklist, parsePrefix } from './blocklist.ts'

function block(list: Blocklist, text: string, seconds = 60): boolean {
  const prefix = parsePrefix(text)
  if (prefix === undefined) throw new Error('that is no prefix')
  return list.block(prefix, seconds)
}

test.each([
  ['203.0.113.7', ['203.0.113.7', '::ffff:203.0.113.7'], ['203.0.113.8', '2001:db8::7']],
  ['203.0.113.0/24', ['203.0.113.1', '203.0.113.255', '::ffff:203.0.113.9'], ['203.0.114.1', '::1']],
  ['::ffff:203.0.113.7', ['203.0.113.7'], ['203.0.113.8']],
  ['2001:db8::7', ['2001:db8::7', '2001:DB8:0:0:0:0:0:8', '2001:db8:0:0::/64'], ['2001:db8:0:1::7', '203.0.113.7']],
  ['2001:db8:1:2::/64', ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'], ['2001:db8:1:3::1', '2001:db8:1:3::/64']],
])('a block of %s is of those addresses and of no others', (text, inside, outside) => {
  const list = blocklist(() => 0)
  block(list, text)
  expect(inside.filter((address) => list.isBlocked(address))).toEqual(inside)
  expect(outside.filter((address) => list.isBlocked(address))).toEqual([])
})

test.each([
  '',
  'localhost',
  '203.0.113',
  '203.0.113.256',
  '203.0.113.0/33',
  '203.0.113.0/',
  '203.0.113.0/24/24',
  '0.0.0.0/0',
  '10.0.0.0/7',
  '::/0',
  '2001::/15',
  '2001:db8::/129',
  '::ffff:203.0.113.7/120',
  ' 203.0.113.7',
  '203.0.113.7 ',
  'fe80::1%eth0',
])('%j is no address, and no prefix that can be blocked', (text) => {
  expect(parsePrefix(text)).toBeUndefined()
})

test('a block is over when its time is', () => {
  let now = 0
  const list = blocklist(() => now)
  block(list, '203.0.113.7', 10)
  now = 9_999
  expect([list.isBlocked('203.0.113.7'), list.size]).toEqual([true, 1])
  now = 10_000
  expect([list.isBlocked('203.0.113.7'), list.size]).toEqual([false, 0])
})

test('a block that is set again lasts until the later time, and counts once', () => {
  let now = 0
  const list = blocklist(() => now)
  block(list, '2001:db8::7', 10)
  now = 9_000
  block(list, '2001:DB8::7', 10)
  now = 15_000
  expect([list.isBlocked('2001:db8::7'), list.size]).toEqual([true, 1])
})

test('a block that is lifted is over at once, and no other one', () => {
  const list = blocklist(() => 0)
  block(list, '203.0.113.7')
  block(list, '203.0.113.8')
  const [seven, nine] = [parsePrefix('203.0.113.7'), parsePrefix('203.0.113.9')]
  if (seven === undefined || nine === undefined) throw new Error('these are addresses')
  expect([list.unblock(seven), list.unblock(seven), list.unblock(nine)]).toEqual([true, false, false])
  expect([list.isBlocked('203.0.113.7'), list.isBlocked('203.0.113.8')]).toEqual([false, true])
})

test('there is room for a thousand blocks, and for more when some are over', () => {
  let now = 0
  const list = blocklist(() => now)
  for (let i = 0; i < 1_000; i++) expect(block(list, `203.0.${i >> 8}.${i & 255}`, 10)).toBe(true)
  expect(block(list, '198.51.100.1')).toBe(false)
  expect(block(list, '203.0.0.0', 10)).toBe(true)
  now = 10_000
  expect(block(list, '198.51.100.1')).toBe(true)
})

test('whoever keeps sockets is told of every new block', () => {
  const list = blocklist(() => 0)
  let told = 0
  list.onBlocked(() => told++)
  block(list, '203.0.113.7')
  expect(told).toBe(1)
})
