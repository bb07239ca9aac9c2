import { expect, test } from 'vitest'
import { isPrivateRoom, newPrivateRoom, readRoomName, titleOf } from './room-name.ts'

const ORIGIN = 'https://whisper.example'

test('a private room is 128 random bits in 22 characters and is recognised as private', () => {
  const room = newPrivateRoom((bytes) => bytes.fill(255))
  expect(room).toBe('_____________________w')
  expect(isPrivateRoom(room)).toBe(true)
  for (let i = 0; i < 100; i++)
    expect(isPrivateRoom(newPrivateRoom((bytes) => crypto.getRandomValues(bytes)))).toBe(true)
})

test('a room somebody named is not taken for a private one', () => {
  expect(isPrivateRoom('tea-time')).toBe(false)
  expect(isPrivateRoom('a-name-of-22-charactes')).toBe(false)
})

test('a private room has the same two words for everybody, and others usually have other words', () => {
  const rooms = Array.from({ length: 200 }, () => newPrivateRoom((bytes) => crypto.getRandomValues(bytes)))
  for (const room of rooms) {
    expect(titleOf(room)).toMatch(/^[a-z]+ [a-z]+$/)
    expect(titleOf(room)).toBe(titleOf(room))
  }
  expect(new Set(rooms.map(titleOf)).size).toBeGreaterThan(180)
})

test('a named room is called by its name', () => {
  expect(titleOf('tea-time')).toBe('tea-time')
})

test('what is typed as a room name is read kindly', () => {
  expect(readRoomName('  tea-time ', ORIGIN)).toEqual({ ok: true, room: 'tea-time' })
  expect(readRoomName('tea time', ORIGIN)).toEqual({ ok: true, room: 'tea-time' })
  expect(readRoomName(`${ORIGIN}/r/tea-time`, ORIGIN)).toEqual({ ok: true, room: 'tea-time' })
  expect(readRoomName('bad', ORIGIN)).toEqual({ ok: true, room: 'bad' })
})

test('what cannot be a room name is refused with the reason', () => {
  expect(readRoomName('   ', ORIGIN)).toEqual({ ok: false, fault: 'missing' })
  expect(readRoomName('café', ORIGIN)).toEqual({ ok: false, fault: 'bad' })
  expect(readRoomName('https://elsewhere.example/r/tea', ORIGIN)).toEqual({ ok: false, fault: 'bad' })
  expect(readRoomName('x'.repeat(65), ORIGIN)).toEqual({ ok: false, fault: 'long' })
})
