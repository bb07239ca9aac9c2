import fc from 'fast-check'
import { expect, test } from 'vitest'
import { piecesOf } from './links.ts'

const linksIn = (text: string) => piecesOf(text).flatMap((piece) => (piece.kind === 'link' ? [piece.text] : []))

test('http and https addresses become links, the words around them stay words', () => {
  expect(piecesOf('see https://example.org/a?b=c#d now')).toEqual([
    { kind: 'text', text: 'see ' },
    { kind: 'link', text: 'https://example.org/a?b=c#d', href: 'https://example.org/a?b=c#d' },
    { kind: 'text', text: ' now' },
  ])
  expect(linksIn('HTTP://EXAMPLE.org')).toEqual(['HTTP://EXAMPLE.org'])
})

test('nothing else becomes a link', () => {
  for (const text of [
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://example.org',
    'example.org',
    'xhttps://a.b',
    'https://',
  ]) {
    expect.soft(linksIn(text), text).toEqual([])
  }
})

test('an address that pretends to be another site with a user name stays text', () => {
  expect(linksIn('https://bank.example@evil.example/')).toEqual([])
})

test('punctuation of the sentence stays outside of the link', () => {
  expect(linksIn('Is it https://a.example/x? Yes, (https://a.example/y).')).toEqual([
    'https://a.example/x',
    'https://a.example/y',
  ])
  expect(linksIn('https://en.wikipedia.example/wiki/Ink_(fluid).')).toEqual([
    'https://en.wikipedia.example/wiki/Ink_(fluid)',
  ])
})

/** The rule as one would say it: as long as something at the end does not belong to the address, take it off. */
function trimmedOneByOne(address: string): string {
  const stripped = address.replace(/[.,;:!?…*_~'"’”»]+$/u, '')
  const unopened = ['()', '[]', '{}'].some(([open = '', close = '']) => {
    return stripped.endsWith(close) && stripped.split(close).length > stripped.split(open).length
  })
  if (unopened) return trimmedOneByOne(stripped.slice(0, -1))
  return stripped
}

test('where an address ends is found in one go, and is where one would find it step by step', () => {
  const end = fc.array(fc.constantFrom(...'()[]{}.,_*~!…a'), { maxLength: 40 })
  fc.assert(
    fc.property(end, (letters) => {
      const address = `https://a.example/${letters.join('')}`
      expect(linksIn(address)).toEqual([trimmedOneByOne(address)])
    }),
  )
})

test('the longest message, made of nothing but what may not belong to its address, is read as any other', () => {
  const start = 'https://a.example/x'
  const ends = [')', ').', ']).', '_)', '}])…'].map((part) => part.repeat(4000).slice(0, 4000 - start.length))
  for (const end of ends) expect(linksIn(start + end)).toEqual([start])
  const nested = `${'('.repeat(1500)}${')'.repeat(2000)}`
  expect(linksIn(start + nested)).toEqual([`${start}${'('.repeat(1500)}${')'.repeat(1500)}`])
})

test('joined again, the pieces are the text, whatever it is', () => {
  const text = fc.array(
    fc.oneof(fc.string(), fc.constantFrom('https://', 'http://a.b', '.', ')', '(', '\n', ' ', '@', ':')),
  )
  fc.assert(
    fc.property(text, (parts) => {
      const whole = parts.join('')
      expect(
        piecesOf(whole)
          .map((piece) => piece.text)
          .join(''),
      ).toBe(whole)
    }),
  )
})
