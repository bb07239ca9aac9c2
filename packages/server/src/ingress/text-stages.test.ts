import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StagesConfig } from '../stages-config.ts'
import { guest, send } from '../testing/guest.ts'
import { testGateway } from '../testing/test-gateway.ts'
import { optionalStages } from './optional-stages.ts'
import type { StageRefusal } from './said.ts'

const NOTHING: StagesConfig = {
  unlisted: [],
  listed: [],
  words: undefined,
  filterMode: 'reject',
  plugins: [],
  pluginTimeoutMs: 1_000,
  pluginConcurrency: 64,
}

/** Somebody in a room of a gateway with some stages, and what was refused there. */
async function roomWith(config: Partial<StagesConfig>, create: object = {}) {
  const refusals: [string, StageRefusal][] = []
  const gateway = await testGateway({
    stages: (time) =>
      optionalStages({
        ...time,
        config: { ...NOTHING, ...config, listed: config.listed ?? config.unlisted ?? [] },
        plugins: [],
        refused: (stage, reason) => refusals.push([stage, reason]),
      }),
  })
  const ann = await guest(gateway, 'room', 'Ann', { create })
  async function say(...texts: string[]) {
    for (const text of texts) ann.say(send(text))
    await gateway.time.settle()
    return ann.of('message').slice(-texts.length)
  }
  return { ann, say, refusals }
}

const metaOf = async (text: string) => {
  const { say } = await roomWith({ unlisted: ['enrich'] })
  const [message] = await say(text)
  expect(message?.text).toBe(text)
  return message?.meta
}
const redacted = async (...texts: string[]) => {
  const { say } = await roomWith({ unlisted: ['redact'] })
  return (await say(...texts)).map(({ text }) => text)
}
const masked = async (words: string[], ...texts: string[]) => {
  const { say } = await roomWith({ unlisted: ['filter'], words, filterMode: 'mask' })
  return (await say(...texts)).map(({ text }) => text)
}

test('enrich lists mentions, links and emoji in meta, each once, and leaves the text', async () => {
  expect(await metaOf('@ann and @Zoë_2, see https://a.example/x?y=(1). :tada: @ann :tada: :nothing:')).toEqual({
    mentions: ['ann', 'Zoë_2'],
    links: ['https://a.example/x?y=(1)'],
    emoji: { ':tada:': '🎉' },
  })
})

test('enrich finds nothing in addresses, times and half links, and then there is no meta', async () => {
  for (const text of ['a@b.example', 'at 10:30:59', 'http://', '@', `@${'x'.repeat(33)}`, ': tada :'])
    expect(await metaOf(text), text).toBeUndefined()
})

test('enrich lists at most twenty of each', async () => {
  const meta = await metaOf(Array.from({ length: 40 }, (_, i) => `@n${i} http://a.example/${i}`).join(' '))
  expect(meta?.['mentions']).toHaveLength(20)
  expect(meta?.['links']).toHaveLength(20)
})

test.each([
  ['4111 1111 1111 1111', 'visa'],
  ['4222222222222', 'a short visa'],
  ['5555-5555-5555-4444', 'mastercard'],
  ['2223003122003222', 'mastercard'],
  ['378282246310005', 'american express'],
  ['3782 822463 10005', 'american express, in its groups'],
  ['6011111111111117', 'discover'],
  ['30569309025904', 'diners'],
  ['3530111333300000', 'jcb'],
  ['AKIAIOSFODNN7EXAMPLE', 'aws'],
  [`AIza${'Sy0_-'.repeat(7)}`, 'google'],
  [`ghp_${'a1B2'.repeat(9)}`, 'github'],
  [`github_pat_${'a1B_'.repeat(20)}`, 'github'],
  [['xoxb', '123456789012', 'abcdefGHIJKL'].join('-'), 'slack'],
  [`sk_${'live'}_${'a1B2'.repeat(6)}`, 'stripe'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLi4u', 'jwt'],
  ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', 'a private key'],
  ['-----BEGIN PRIVATE KEY-----\\nMIIE cut off', 'a private key without its end'],
  ['-----BEGIN PGP PRIVATE KEY BLOCK-----\nx\n-----END PGP PRIVATE KEY BLOCK-----', 'a key of pgp'],
])('redact takes out %s (%s)', async (secret) => {
  expect(await redacted(`it is ${secret}`, secret)).toEqual(['it is [redacted]', '[redacted]'])
})

test('redact takes out the second of two numbers in a row, and a secret behind its name', async () => {
  const secret = `${'wJalrXUtnFEMI/K7MDENG'}/bPxRfiCYEXAMPLEKEY`
  expect(await redacted('1 4111 1111 1111 1111 22', `aws_secret_access_key = ${secret}`)).toEqual([
    '1 [redacted] 22',
    'aws_secret_access_key = [redacted]',
  ])
})

test('redact leaves numbers that are no card numbers, and words that look like keys', async () => {
  const texts = [
    '4111 1111 1111 1112',
    '+49 151 12345678',
    '1234567890123456',
    '9'.repeat(40),
    'AKIA',
    'ghp_short',
    'task-1',
  ]
  expect(await redacted(...texts)).toEqual(texts)
})

test('redact takes out of meta what enrich has put there', async () => {
  const { say } = await roomWith({ unlisted: ['enrich', 'redact'] })
  const [message] = await say('https://a.example/?key=AKIAIOSFODNN7EXAMPLE')
  expect(JSON.stringify(message)).not.toContain('AKIA')
  expect(message?.meta).toEqual({ links: ['https://a.example/?key=[redacted]'] })
})

test('filter masks words of the list however they are written, and not within other words', async () => {
  const texts = ['What a Darn day', 'ｄａｒｎ!', 'dàrn d\u200barn DÄRN', 'darning', 'darn_it', 'Straße ΛΌΓΟΣ']
  expect(await masked(['darn', 'STRASSE', 'λόγος'], ...texts)).toEqual([
    'What a **** day',
    '****!',
    '**** ***** ****',
    'darning',
    '****_it',
    '****** *****',
  ])
})

test('filter finds the word behind characters that become many others', async () => {
  const [text] = await masked(['darn'], `${'ﷺß'.repeat(200)} darn ${'ﷺ'.repeat(300)} dàrn`)
  expect(text).toBe(`${'ﷺß'.repeat(200)} **** ${'ﷺ'.repeat(300)} ****`)
})

test('filter knows lines of several words, and words of scripts without spaces', async () => {
  expect(await masked(['oh bother', 'ばか'], 'Oh, bother that', 'oh dear', 'bother oh', 'おばかさん', 'バカ')).toEqual([
    '********** that',
    'oh dear',
    'bother oh',
    'お**さん',
    'バカ',
  ])
})

test('filter refuses a message for good, and what comes behind it goes on', async () => {
  const { ann, say, refusals } = await roomWith({ unlisted: ['filter'], words: ['darn'] })
  await say('before', 'darn', 'after')
  expect(ann.texts()).toEqual(['before', 'after'])
  expect(ann.errors()).toEqual(['rejected'])
  expect(refusals).toEqual([['filter', 'rejected']])
})

test('listed rooms have the stages that are theirs, in their order', async () => {
  const config = { unlisted: ['enrich'], listed: ['filter', 'redact'], words: ['darn'], filterMode: 'mask' } as const
  const text = 'darn @ann 4111 1111 1111 1111'
  const [unlisted] = await (await roomWith(config)).say(text)
  const [listed] = await (await roomWith(config, { listed: true })).say(text)
  expect(unlisted).toMatchObject({ text, meta: { mentions: ['ann'] } })
  expect(listed).toMatchObject({ text: '**** @ann [redacted]' })
  expect(listed?.meta).toBeUndefined()
})

test('whatever is said, all stages together let it through as text that may be sent', async () => {
  const { ann, say } = await roomWith({
    unlisted: ['enrich', 'redact', 'filter'],
    words: ['a', 'ばか', 'ß'],
    filterMode: 'mask',
  })
  const parts = fc.constantFrom(
    '@',
    'http://',
    ':',
    '-----BEGIN PRIVATE KEY-----',
    '4111',
    ' ',
    'ばか',
    'ﬃ',
    '\u0301',
    'eyJ',
    'a',
    '"',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(parts, fc.string({ unit: 'grapheme' })), { maxLength: 60 }), async (all) => {
      const errors = ann.errors().length
      await say(`.${all.join('').toWellFormed().slice(0, 3_000).toWellFormed()}`)
      expect(ann.errors()).toHaveLength(errors)
    }),
    { numRuns: 200 },
  )
})
