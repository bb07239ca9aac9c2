import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { base64url, ownerHashOf } from './identity.ts'
import { sha256 } from './sha256.ts'

test('the hash is the SHA-256 of everybody else, at every length around its blocks', () => {
  for (let length = 0; length <= 130; length++) {
    const text = 'whisper'.repeat(20).slice(0, length)
    expect(Buffer.from(sha256(text)).toString('hex')).toBe(createHash('sha256').update(text).digest('hex'))
  }
})

test('an owner hash is what the protocol says it is', () => {
  const expected = createHash('sha256').update('wr-owner-1\ntea\nsecret').digest('base64url')
  expect(ownerHashOf('tea', 'secret')).toBe(expected)
})

test('base64url is that of RFC 4648, without padding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(base64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
    }),
  )
})
