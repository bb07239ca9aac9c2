import { ERRORS, LIMITS } from '@whisperrooms/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CANARY, expectNoEcho } from '../support/canary.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, hear, type Member, newKey, newRoom, ping, say, sendFrame } from '../support/member.ts'
import type { FrameOf } from '../support/raw-client.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

interface Pair {
  readonly speaker: Member
  readonly listener: Member
}

async function twoInARoom(): Promise<Pair> {
  const room = newRoom()
  return { speaker: await enter(gateway.url, room), listener: await enter(gateway.url, room) }
}

/** What every refusal must leave behind: a known code in words of the server's own, and a connection that works. */
async function expectUnharmed({ speaker, listener }: Pair, error: FrameOf<'error'>): Promise<void> {
  expect(Object.keys(ERRORS)).toContain(error.code)
  expect(error.message).toBe(Object.entries(ERRORS).find(([code]) => code === error.code)?.[1].message)
  await say(speaker, 'still here')
  await hear(listener, 'still here')
  await say(listener, 'I hear you')
  await hear(speaker, 'I hear you')
  expect(speaker.client.frames.filter(({ type }) => type === 'error')).toHaveLength(1)
  expect(listener.client.frames.filter(({ type }) => type === 'error')).toHaveLength(0)
  expectNoEcho(gateway, speaker.client)
}

const key = newKey()
const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
const euro = '€'
const pictograph = '😀'

interface Case {
  readonly title: string
  readonly frame: object | string | Buffer
  readonly code: string
  readonly re?: string
  readonly key?: string
}

const wrongTypes: readonly Case[] = [
  {
    title: 'a text that is a number',
    frame: { type: 'send', key, re: 'r1', text: 7 },
    code: 'bad_frame',
    re: 'r1',
    key,
  },
  { title: 'a text that is missing', frame: { type: 'send', key, re: 'r1' }, code: 'bad_frame', re: 'r1', key },
  { title: 'a key with wrong characters', frame: { type: 'send', key: `${CANARY} !`, text: 'x' }, code: 'bad_frame' },
  { title: 'a key that is too short', frame: { type: 'send', key: 'short', text: 'x' }, code: 'bad_frame' },
  { title: 'a key that is too long', frame: { type: 'send', key: CANARY.repeat(8), text: 'x' }, code: 'bad_frame' },
  { title: 'a key that is no string', frame: { type: 'send', key: [key], text: 'x' }, code: 'bad_frame' },
  {
    title: 'a target that is a string',
    frame: { type: 'unsend', re: 'r2', target: CANARY },
    code: 'bad_frame',
    re: 'r2',
  },
  { title: 'a target that is no whole number', frame: { type: 'unsend', target: 0.5 }, code: 'bad_frame' },
  { title: 'a negative target', frame: { type: 'unsend', target: -1 }, code: 'bad_frame' },
  { title: 'a target beyond 2⁵³', frame: '{"type":"unsend","target":1e300}', code: 'bad_frame' },
  {
    title: 'an infinite number',
    frame: `{"type":"send","key":"${key}","text":"x","ttl":1e999}`,
    code: 'bad_frame',
    key,
  },
  {
    title: 'a reaction that is no emoji',
    frame: { type: 'react', re: 'r4', target: 0, emoji: CANARY.slice(0, 8), on: true },
    code: 'bad_frame',
    re: 'r4',
  },
  {
    title: 'a reaction of two emoji',
    frame: { type: 'react', target: 0, emoji: pictograph.repeat(2), on: true },
    code: 'bad_frame',
  },
  {
    title: 'a reaction to what is not there yet',
    frame: { type: 'react', re: 'r5', target: 1e12, emoji: pictograph, on: true },
    code: 'unknown_target',
    re: 'r5',
  },
  { title: 'an `on` that is no boolean', frame: { type: 'typing', on: CANARY }, code: 'bad_frame' },
  { title: 'a `re` that is too long', frame: { type: 'ping', re: CANARY.repeat(4) }, code: 'bad_frame' },
  { title: 'a `re` that is no string', frame: { type: 'ping', re: { [CANARY]: CANARY } }, code: 'bad_frame' },
  { title: 'a `type` that is no string', frame: { type: [CANARY], re: 'r3' }, code: 'bad_frame', re: 'r3' },
  { title: 'no `type` at all', frame: { re: 'r3', text: CANARY }, code: 'bad_frame', re: 'r3' },
  { title: 'an array', frame: [CANARY], code: 'bad_frame' },
  { title: 'null', frame: 'null', code: 'bad_frame' },
  { title: 'a bare string', frame: JSON.stringify(CANARY), code: 'bad_frame' },
  { title: 'an empty frame', frame: '', code: 'bad_frame' },
  { title: 'half a JSON object', frame: `{"type":"send","text":"${CANARY}`, code: 'bad_frame' },
  { title: 'two JSON objects in a frame', frame: '{"type":"ping"}{"type":"ping"}', code: 'bad_frame' },
]

const hostileShapes: readonly Case[] = [
  { title: 'JSON thirty thousand levels deep', frame: deep(30_000), code: 'bad_frame' },
  {
    title: 'deep JSON in the place of a text',
    frame: `{"type":"send","key":"${key}","re":"r4","text":${deep(20_000)}}`,
    code: 'bad_frame',
    re: 'r4',
    key,
  },
  { title: '`__proto__` as the type', frame: '{"type":"__proto__","re":"r5"}', code: 'unknown_type', re: 'r5' },
  { title: '`constructor` as the type', frame: '{"type":"constructor","re":"r5"}', code: 'unknown_type', re: 'r5' },
  { title: 'a type inherited through `__proto__`', frame: '{"__proto__":{"type":"burn"}}', code: 'bad_frame' },
  {
    title: 'a text inherited through `__proto__`',
    frame: `{"type":"send","key":"${key}","__proto__":{"text":"${CANARY}"}}`,
    code: 'bad_frame',
    key,
  },
  { title: 'a type nobody knows', frame: { type: CANARY, re: 'r6', key }, code: 'unknown_type', re: 'r6', key },
  { title: 'a frame only servers send', frame: { type: 'welcome', re: 'r6' }, code: 'unknown_type', re: 'r6' },
]

const bytes: readonly Case[] = [
  { title: 'a binary frame', frame: Buffer.from(JSON.stringify({ type: 'ping', re: CANARY })), code: 'bad_frame' },
  { title: 'an empty binary frame', frame: Buffer.alloc(0), code: 'bad_frame' },
  { title: '60 KiB of binary', frame: Buffer.alloc(60 * 1024, 1), code: 'bad_frame' },
]

const texts: readonly Case[] = [
  { title: 'an empty text', frame: sendFrame({ key, re: 'r7', text: '' }), code: 'empty_text', re: 'r7', key },
  { title: 'a text of white space', frame: sendFrame({ key, text: ' \n\t\u00a0\u2003' }), code: 'empty_text', key },
  {
    title: 'a text of invisible characters',
    frame: sendFrame({ key, text: '\u200b\u2060\ufeff' }),
    code: 'empty_text',
    key,
  },
  { title: 'half a surrogate pair', frame: sendFrame({ key, text: `${CANARY}\ud83d` }), code: 'bad_frame', key },
  { title: '4,001 characters', frame: sendFrame({ key, text: 'a'.repeat(4_001) }), code: 'too_long', key },
  {
    title: '4,001 characters of three bytes',
    frame: sendFrame({ key, text: euro.repeat(4_001) }),
    code: 'too_long',
    key,
  },
  {
    title: '2,001 pictographs, 4,002 units',
    frame: sendFrame({ key, text: pictograph.repeat(2_001) }),
    code: 'too_long',
    key,
  },
  {
    title: 'a frame of 60 KiB',
    frame: padded({ key, re: 'r8', text: CANARY }, 60 * 1024),
    code: 'too_long',
    re: 'r8',
    key,
  },
  {
    title: 'a frame of exactly 64 KiB',
    frame: padded({ key, re: 'r8', text: CANARY }, LIMITS.frameBytes),
    code: 'too_long',
    re: 'r8',
    key,
  },
]

const names: readonly Case[] = [
  { title: 'an empty name', frame: { type: 'rename', re: 'r9', name: '' }, code: 'bad_name', re: 'r9' },
  { title: 'a name of white space', frame: { type: 'rename', name: ' \t\n ' }, code: 'bad_name' },
  { title: 'a name of invisible characters', frame: { type: 'rename', name: '\u202e\u200b\u3164' }, code: 'bad_name' },
  { title: 'a name of 33 characters', frame: { type: 'rename', name: `${CANARY}${'n'.repeat(24)}` }, code: 'bad_name' },
  { title: 'a name of 60 KiB', frame: { type: 'rename', name: CANARY.repeat(6_800) }, code: 'bad_name' },
  { title: 'a name that is no string', frame: { type: 'rename', name: { [CANARY]: 1 } }, code: 'bad_frame' },
]

const times: readonly Case[] = [
  { title: 'a message’s time to live of nothing', frame: sendFrame({ key, ttl: 0 }), code: 'bad_ttl', key },
  { title: 'a negative time to live', frame: sendFrame({ key, ttl: -5 }), code: 'bad_ttl', key },
  { title: 'a `before` an hour ago', frame: sendFrame({ key, before: Date.now() - 3_600_000 }), code: 'too_late', key },
  {
    title: 'a `before` in an hour',
    frame: sendFrame({ key, before: Date.now() + 3_600_000 }),
    code: 'bad_before',
    key,
  },
  {
    title: 'a `before` that is a date in words',
    frame: sendFrame({ key, before: new Date() }),
    code: 'bad_frame',
    key,
  },
]

/** A `send` frame filled up to exactly this many bytes. */
function padded(fields: { readonly text: string; readonly [field: string]: unknown }, size: number): string {
  const empty = JSON.stringify(sendFrame(fields))
  return JSON.stringify(
    sendFrame({ ...fields, text: fields.text.padEnd(size - empty.length + fields.text.length, 'x') }),
  )
}

describe.each([
  ['wrong types', wrongTypes],
  ['hostile shapes', hostileShapes],
  ['bytes', bytes],
  ['texts', texts],
  ['names', names],
  ['times', times],
])('a member who sends something wrong is told so and stays in the room: %s', (_, cases) => {
  test.each(cases)('$title is $code', async ({ frame, code, re, key }) => {
    const pair = await twoInARoom()
    pair.speaker.client.send(frame)
    const error = await pair.speaker.client.next('error')
    expect(error).toMatchObject({ code })
    expect(error.re).toBe(re)
    expect(error.key).toBe(key)
    await expectUnharmed(pair, error)
  })
})

test('invalid UTF-8 in a text frame is bad_frame, and the connection lives on', async () => {
  const pair = await twoInARoom()
  const frame = Buffer.from(JSON.stringify(sendFrame({ text: `${CANARY}?` })))
  frame[frame.indexOf('?')] = 0xff
  pair.speaker.client.sendTextBytes(frame)
  const error = await pair.speaker.client.next('error')
  expect(error.code).toBe('bad_frame')
  await expectUnharmed(pair, error)
})

test('a second join is refused, and the first one stands', async () => {
  const pair = await twoInARoom()
  pair.speaker.client.send({ type: 'join', protocol: 1, re: 'again', name: CANARY, session: pair.listener.session })
  const error = await pair.speaker.client.next('error')
  expect(error).toMatchObject({ code: 'already_joined', re: 'again' })
  await expectUnharmed(pair, error)
  await say(pair.speaker, 'one more')
  const { from } = await pair.listener.client.next('message', ({ text }) => text === 'one more')
  expect(from).toEqual({ id: pair.speaker.welcome.you.id, name: pair.speaker.welcome.you.name })
})

test('a message refused for its text does not use up its key', async () => {
  const { speaker, listener } = await twoInARoom()
  speaker.client.send(sendFrame({ key, text: '   ' }))
  await speaker.client.next('error')
  const ack = await say(speaker, { key, text: 'now with words' })
  expect(ack.duplicate).toBeUndefined()
  await hear(listener, 'now with words')
})

describe('the largest that is allowed arrives whole', () => {
  test.each([
    ['4,000 characters of one byte', 'a'.repeat(4_000)],
    ['4,000 characters of three bytes, 12,000 bytes', euro.repeat(4_000)],
    ['2,000 pictographs, 4,000 units', pictograph.repeat(2_000)],
    ['4,000 control characters, six times as long in JSON', `${'\u0001'.repeat(3_999)}x`],
    ['quotes, backslashes and line separators', '"\\\u2028\u2029\u0000</script>'.repeat(200)],
  ])('%s', async (_, text) => {
    const { speaker, listener } = await twoInARoom()
    await say(speaker, text)
    expect((await listener.client.next('message')).text).toBe(text)
  })

  test('a name of 32 characters', async () => {
    const { speaker, listener } = await twoInARoom()
    const name = 'ß'.repeat(32)
    speaker.client.send({ type: 'rename', name })
    const isRenamed = (member: { name: string }): boolean => member.name === name
    const { joined, changed } = await listener.client.next('presence', (frame) =>
      [...(frame.joined ?? []), ...(frame.changed ?? [])].some(isRenamed),
    )
    expect([...(joined ?? []), ...(changed ?? [])].find(isRenamed)).toEqual({ ...speaker.welcome.you, name })
  })
})

describe('targets that are not there', () => {
  test('unsending a message of another room is unknown_target, and the message stays', async () => {
    const pair = await twoInARoom()
    const elsewhere = await twoInARoom()
    const { target } = await say(elsewhere.speaker, `${CANARY} of another room`)
    pair.speaker.client.send({ type: 'unsend', re: 'u1', target })
    const error = await pair.speaker.client.next('error')
    expect(error).toMatchObject({ code: 'unknown_target', re: 'u1' })
    await expectUnharmed(pair, error)
    await say(elsewhere.speaker, 'later')
    await hear(elsewhere.listener, 'later')
    expect(elsewhere.listener.client.frames.some(({ type }) => type === 'removed')).toBe(false)
  })

  test('unsending what was never there is unknown_target', async () => {
    const pair = await twoInARoom()
    pair.speaker.client.send({ type: 'unsend', re: 'u2', target: Number.MAX_SAFE_INTEGER })
    const error = await pair.speaker.client.next('error')
    expect(error).toMatchObject({ code: 'unknown_target', re: 'u2' })
    await expectUnharmed(pair, error)
  })

  test('unsending twice is unknown_target the second time', async () => {
    const pair = await twoInARoom()
    const { target } = await say(pair.speaker, 'oh')
    pair.speaker.client.send({ type: 'unsend', target })
    pair.speaker.client.send({ type: 'unsend', re: 'u3', target })
    const error = await pair.speaker.client.next('error')
    expect(error).toMatchObject({ code: 'unknown_target', re: 'u3' })
    await expectUnharmed(pair, error)
    expect(pair.listener.client.frames.filter(({ type }) => type === 'removed')).toHaveLength(1)
  })

  test('a reply to a message of another room arrives, and brings nothing of it', async () => {
    const pair = await twoInARoom()
    const elsewhere = await twoInARoom()
    const { target } = await say(elsewhere.speaker, `${CANARY} secret`)
    await say(pair.speaker, { text: 'as you said', replyTo: target })
    expect(await hear(pair.listener, 'as you said')).toMatchObject({ replyTo: target })
    expect(JSON.stringify(pair.listener.client.frames)).not.toContain(CANARY)
  })

  test.each([-1, 0, Number.MAX_SAFE_INTEGER])(
    'loading before %d brings living messages of this room only',
    async (before) => {
      const pair = await twoInARoom()
      const elsewhere = await twoInARoom()
      await say(elsewhere.speaker, CANARY)
      await say(pair.speaker, 'mine')
      pair.speaker.client.send({ type: 'load', before })
      expect((await pair.speaker.client.next('loaded')).more).toBe(false)
      expect(JSON.stringify(pair.speaker.client.frames)).not.toContain(CANARY)
      await ping(pair.speaker)
    },
  )
})
