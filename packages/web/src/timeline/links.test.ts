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
