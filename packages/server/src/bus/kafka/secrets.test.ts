import { hkdfSync } from 'node:crypto'
import type { RoomId } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { kafkaSecrets, roomKeyWith } from './secrets.ts'

const room = (name: string) => name as RoomId
const secret = (text: string) => Buffer.from(text)

test('gateways with one secret call a room alike, and those with another do not', () => {
  const [one, same, other] = ['one', 'one', 'other'].map((text) => kafkaSecrets(secret(text)))
  expect(one?.roomKey(room('tea'))).toBe(same?.roomKey(room('tea')))
  expect(one?.roomKey(room('tea'))).not.toBe(one?.roomKey(room('coffee')))
  expect(one?.roomKey(room('tea'))).not.toBe(other?.roomKey(room('tea')))
})

test('a room’s key is 22 characters of base64url, and has nothing of the name', () => {
  expect(kafkaSecrets(secret('s')).roomKey(room('a-room-of-a-long-name'))).toMatch(/^[\w-]{22}$/)
  expect(kafkaSecrets(secret('s')).roomKey(room('room'))).not.toContain('room')
})

test('a record written before an upgrade keeps its room: keys of rooms are the same for ever', () => {
  expect(kafkaSecrets(secret('a secret of 32 characters or more')).roomKey(room('lunch'))).toBe(
    'p3FiBHm1ZxPMjQaXBmLahW',
  )
})

test('with the key of names alone rooms have their keys', () => {
  const { namesKey, roomKey } = kafkaSecrets(secret('s'))
  expect(roomKeyWith(namesKey, room('tea'))).toBe(roomKey(room('tea')))
})

test('the fingerprint tells secrets apart, and is no part of a key', () => {
  const { fingerprint, namesKey, macKey } = kafkaSecrets(secret('s'))
  expect(fingerprint).toMatch(/^[\w-]{16}$/)
  expect(fingerprint).toBe(kafkaSecrets(secret('s')).fingerprint)
  expect(fingerprint).not.toBe(kafkaSecrets(secret('t')).fingerprint)
  for (const key of [namesKey, macKey, secret('s')])
    expect(Buffer.from(key).toString('base64url')).not.toContain(fingerprint)
})

test('each purpose has a key of its own, which none of the others is the beginning of', () => {
  const { namesKey, macKey } = kafkaSecrets(secret('s'))
  const ticketKey = Buffer.from(hkdfSync('sha256', secret('s'), '', 'whisperrooms ticket 1', 32))
  const keys = [namesKey, macKey, ticketKey].map((key) => Buffer.from(key).toString('hex'))
  expect(new Set(keys).size).toBe(3)
  expect(keys.every((key) => key.length === 64)).toBe(true)
})
