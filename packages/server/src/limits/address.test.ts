import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { addresses, isNetwork } from './address.ts'

function seen(
  peer: string | undefined,
  header?: string | string[],
  trusted: readonly string[] = ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'],
) {
  const headers = header === undefined ? {} : { 'x-forwarded-for': header as string }
  return addresses(trusted).of({ headers, socket: { remoteAddress: peer } })
}

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:C000:201', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::ffff', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s counts as %s', (peer, group) => {
  expect(seen(peer)).toBe(group)
})

test('a peer without an address is one of its own', () => {
  expect(seen(undefined)).toBe('unknown')
})

test.each([
  ['a peer that is no proxy is not believed', '192.0.2.9', '203.0.113.1', '192.0.2.9'],
  ['a proxy is', '127.0.0.1', '203.0.113.1', '203.0.113.1'],
  ['a proxy over IPv4 in IPv6 is', '::ffff:127.0.0.1', '203.0.113.1', '203.0.113.1'],
  ['what the client wrote itself stands further left', '127.0.0.1', '1.1.1.1, 203.0.113.1', '203.0.113.1'],
  ['proxies behind proxies are passed over', '127.0.0.1', '203.0.113.1, 10.1.2.3', '203.0.113.1'],
  ['a hop may have a port', '127.0.0.1', '203.0.113.1:5678', '203.0.113.1'],
  ['a hop may stand in brackets', '127.0.0.1', '[2001:db8::5]:443', '2001:db8:0:0::/64'],
  ['garbage from a proxy leaves the proxy', '127.0.0.1', 'unknown', '127.0.0.1'],
  ['nothing left of garbage is believed', '127.0.0.1', '203.0.113.1, <script>, 10.1.2.3', '10.1.2.3'],
  ['an empty header says nothing', '127.0.0.1', '', '127.0.0.1'],
  ['only proxies: the furthest of them', '127.0.0.1', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
])('%s', (_, peer, header, expected) => {
  expect(seen(peer, header)).toBe(expected)
})

test('a header that came twice is one list', () => {
  expect(seen('127.0.0.1', ['1.1.1.1', '203.0.113.1'])).toBe('203.0.113.1')
})

test('whatever a header holds, the answer is an address of it or of the peer', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())).map(String)), (header) => {
      expect(seen('127.0.0.1', header)).toMatch(/^[\d.]+$|^[\da-f:]+::\/64$/)
      expect(seen('192.0.2.1', header)).toBe('192.0.2.1')
    }),
  )
})

test('somebody is told when a proxy is not named', () => {
  const unnamed = vi.fn()
  addresses([], unnamed).of({ headers: { 'x-forwarded-for': '1.1.1.1' }, socket: { remoteAddress: '127.0.0.1' } })
  expect(unnamed).toHaveBeenCalledOnce()
})

test('networks are told from what is none', () => {
  for (const network of ['10.0.0.0/8', '::1', 'fd00::/8', '192.0.2.1', '0.0.0.0/0'])
    expect(isNetwork(network)).toBe(true)
  for (const wrong of ['', '10.0.0.0/33', '10.0.0/8', 'proxy', '::1/129', '10.0.0.0/8/8', '10.0.0.0/', '1.2.3.4:5'])
    expect(isNetwork(wrong), wrong).toBe(false)
})
