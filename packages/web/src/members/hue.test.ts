// @ts-expect-error The page's types have no Node in them, and only this test reads files.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { HUES, hueOf } from './hue.ts'

const tokens: string = readFileSync(new URL('../ui/tokens.css', import.meta.url), 'utf8')
const hues: string = readFileSync(new URL('./hues.css', import.meta.url), 'utf8').replace(/\s+/g, ' ')

/** WCAG 2.2: relative luminance of an sRGB colour, and the contrast ratio of two. */
function luminance(hex: string): number {
  const full = hex.length === 4 ? hex.replace(/[^#]/g, (digit) => digit + digit) : hex
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(full.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

function token(name: string): { readonly light: string; readonly dark: string } {
  const match = new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(tokens)
  if (match === null) throw new Error(`tokens.css has no --${name}`)
  return { light: match[1] ?? '', dark: match[2] ?? '' }
}

const people = [
  ...hues.matchAll(/data-hue="(\d+)"\] \{ --hue: (#\w{6}); --name: light-dark\((#\w{6}), (#\w{6})\); \}/g),
].map(([, index = '', hue = '', light = '', dark = '']) => ({ index: Number(index), hue, light, dark }))

const papers = [token('paper'), token('raised'), token('sunken')]

test('there are exactly twelve colours, and every id has one of them for ever', () => {
  expect(people.map(({ index }) => index)).toEqual(Array.from({ length: HUES }, (_, i) => i))
  const used = new Set(Array.from({ length: 500 }, (_, i) => hueOf(`member-${i}`)))
  expect(used.size).toBe(HUES)
  expect(hueOf('AAAAAAAAAAAAAAAA')).toBe(hueOf('AAAAAAAAAAAAAAAA'))
})

test('a name in any of the colours is readable on every paper, light and dark', () => {
  for (const { index, light, dark } of people) {
    for (const paper of papers) {
      expect.soft(contrast(light, paper.light), `hue ${index} light`).toBeGreaterThanOrEqual(4.5)
      expect.soft(contrast(dark, paper.dark), `hue ${index} dark`).toBeGreaterThanOrEqual(4.5)
    }
  }
})

test('the white initial of an avatar is readable on any of the colours', () => {
  for (const { index, hue } of people) {
    expect.soft(contrast('#ffffff', hue), `hue ${index}`).toBeGreaterThanOrEqual(4.5)
  }
})

test('all inks are readable on every paper they stand on, light and dark', () => {
  const pairs = [
    ['ink', 'paper'],
    ['ink', 'raised'],
    ['ink', 'sunken'],
    ['ink-2', 'paper'],
    ['ink-2', 'raised'],
    ['ink-2', 'sunken'],
    ['ink-3', 'paper'],
    ['ink-3', 'raised'],
    ['ember', 'paper'],
    ['ember', 'ember-soft'],
    ['bad', 'paper'],
    ['bad', 'raised'],
    ['good', 'paper'],
    ['good', 'raised'],
  ] as const
  for (const [ink, paper] of pairs) {
    const [on, under] = [token(ink), token(paper)]
    expect.soft(contrast(on.light, under.light), `${ink} on ${paper}, light`).toBeGreaterThanOrEqual(4.5)
    expect.soft(contrast(on.dark, under.dark), `${ink} on ${paper}, dark`).toBeGreaterThanOrEqual(4.5)
  }
})
