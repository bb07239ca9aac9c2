import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeClientFrame } from './decode-client-frame.ts'

test('whatever comes, it is a frame or an error with a code', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.json({ maxDepth: 4 }),
    fc.anything().map((value) => JSON.stringify(value) ?? ''),
  )
  fc.assert(
    fc.property(anything, (text) => {
      const decoded = decodeClientFrame(text)
      expect(decoded.ok ? typeof decoded.frame.type : decoded.code).toMatch(/^(string|bad_frame|unknown_type)$/)
    }),
    { numRuns: 2_000 },
  )
})

test('a frame nested as deep as a frame can be is an error like any other', () => {
  expect(decodeClientFrame('['.repeat(60_000))).toEqual({ ok: false, code: 'bad_frame' })
  const deep = `{"type":"ping","x":${'['.repeat(30_000)}${']'.repeat(30_000)}}`
  expect(decodeClientFrame(deep)).toMatchObject({ ok: true, frame: { type: 'ping' } })
})

test('names of the language are no types of frames, and fields that are not known are dropped', () => {
  expect(decodeClientFrame('{"type":"__proto__"}')).toMatchObject({ code: 'unknown_type' })
  expect(decodeClientFrame('{"type":"constructor"}')).toMatchObject({ code: 'unknown_type' })
  const decoded = decodeClientFrame('{"type":"typing","on":true,"__proto__":{"admin":true},"more":1}')
  expect(decoded).toEqual({ ok: true, frame: { type: 'typing', on: true } })
  expect(decoded.ok && 'admin' in decoded.frame).toBe(false)
})

test('an error carries the key and the reference of the frame it is about, and nothing else of it', () => {
  expect(decodeClientFrame('{"type":"send","key":"key-12345","re":"r1","text":7}')).toEqual({
    ok: false,
    code: 'bad_frame',
    key: 'key-12345',
    re: 'r1',
  })
  const wrong = JSON.stringify({ type: 'send', key: 'no', re: 'x'.repeat(33), text: 'canary' })
  expect(decodeClientFrame(wrong)).toEqual({ ok: false, code: 'bad_frame' })
})
