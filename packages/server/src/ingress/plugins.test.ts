import { Duplex, Transform } from 'node:stream'
import { expect, test } from 'vitest'
import type { StageFactory, StageMessage } from '../plugin.ts'
import type { StagesConfig } from '../stages-config.ts'
import { guest, send } from '../testing/guest.ts'
import type { ManualTime } from '../testing/manual-time.ts'
import { testGateway } from '../testing/test-gateway.ts'
import { optionalStages } from './optional-stages.ts'
import type { StageRefusal } from './said.ts'

type Answer = (error?: Error | null, message?: unknown) => void

const plugin =
  (transform: (message: StageMessage, done: Answer, stream: Transform) => unknown): StageFactory =>
  () =>
    new Transform({
      objectMode: true,
      transform(message: StageMessage, _encoding, done) {
        return transform(message, done, this)
      },
    })

/** Takes 200 ms over what begins with `slow`. */
const slow = (time: ManualTime): StageFactory =>
  plugin((message, done) => {
    if (message.text.startsWith('slow')) time.scheduler.after(200, () => done(null, message))
    else done(null, message)
  })

interface Options {
  readonly plugins: (time: ManualTime) => readonly StageFactory[]
  readonly concurrency?: number
}

async function gatewayWith({ plugins, concurrency = 4 }: Options) {
  const refusals: [string, StageRefusal][] = []
  const gateway = await testGateway({
    stages(time) {
      const config: StagesConfig = {
        unlisted: [],
        listed: [],
        words: undefined,
        filterMode: 'mask',
        plugins: [],
        pluginTimeoutMs: 1_000,
        pluginConcurrency: concurrency,
      }
      const loaded = plugins(time).map((make, i) => ({ name: `plugin-${i + 1}`, make, first: make() }))
      return optionalStages({
        ...time,
        config,
        plugins: loaded,
        refused: (...refusal) => refusals.push([refusal[0], refusal[1]]),
      })
    },
  })
  const { time } = gateway
  return {
    gateway,
    time,
    refusals,
    enter: (room: string, name: string, join?: object) => guest(gateway, room, name, join),
  }
}

test('a plugin sees who says what where, may change text and meta, and nothing else', async () => {
  const seen: StageMessage[] = []
  const { time, enter } = await gatewayWith({
    plugins: () => [
      plugin((message, done) => {
        seen.push({ ...message })
        done(null, { ...message, text: message.text.toUpperCase(), meta: { loud: true }, name: 'Eve', member: 'x' })
      }),
      plugin((message, done) => done(null, Object.assign(message, { text: `${message.text}!` }))),
    ],
  })
  const ann = await enter('room', 'Ann', { create: { ttl: 60, listed: true } })
  ann.say(send('hello', { ttl: 90 }))
  await time.settle()
  const { id } = ann.welcome().you
  expect(seen).toEqual([{ text: 'hello', meta: {}, rejected: false, member: id, name: 'Ann', kind: 'listed', ttl: 60 }])
  expect(ann.of('message')).toMatchObject([{ text: 'HELLO!', meta: { loud: true }, from: { id, name: 'Ann' } }])
})

test('one that answers later keeps the order of a room, and other rooms do not wait for it', async () => {
  const { time, enter } = await gatewayWith({ plugins: (time) => [slow(time)] })
  const [ann, ben, cleo] = [await enter('one', 'Ann'), await enter('one', 'Ben'), await enter('other', 'Cleo')]
  for (const text of ['slow 1', '2', 'slow 3', '4']) ann.say(send(text))
  await time.settle()
  ben.say(send('5'))
  cleo.say(send('here'))
  await time.settle()
  expect(cleo.texts()).toEqual(['here'])
  expect(ann.texts()).toEqual([])
  await time.advance(200)
  expect(ann.texts()).toEqual(['slow 1', '2'])
  await time.advance(200)
  expect(ben.texts()).toEqual(['slow 1', '2', 'slow 3', '4', '5'])
  expect([...ann.errors(), ...ben.errors()]).toEqual([])
})

test('no more messages than allowed are with the plugins, and rooms take turns', async () => {
  let now = 0
  let most = 0
  const { time, enter } = await gatewayWith({
    concurrency: 2,
    plugins: (time) => [
      plugin((message, done) => {
        most = Math.max(most, ++now)
        time.scheduler.after(100, () => {
          now--
          done(null, message)
        })
      }),
    ],
  })
  const guests = [await enter('a', 'Ann'), await enter('b', 'Ben'), await enter('c', 'Cleo')]
  for (const one of guests) for (const text of ['1', '2']) one.say(send(text))
  await time.settle()
  await time.advance(200)
  expect(guests.map((one) => one.texts())).toEqual([['1', '2'], ['1'], ['1']])
  await time.advance(100)
  expect(guests.map((one) => one.texts().length)).toEqual([2, 2, 2])
  expect(most).toBe(2)
})

test('one that takes long is not mistaken for a bus that is not there', async () => {
  const { time, enter } = await gatewayWith({ plugins: (time) => [slow(time)] })
  const ann = await enter('room', 'Ann')
  for (let i = 0; i < 10; i++) ann.say(send(`slow ${i}`))
  await time.advance(2_000)
  expect(ann.errors()).toEqual([])
  expect(ann.texts()).toEqual(Array.from({ length: 10 }, (_, i) => `slow ${i}`))
  expect(ann.of('ack')).toHaveLength(10)
})

test('what waited until its time was over is refused, and never comes', async () => {
  const { gateway, time, enter } = await gatewayWith({ plugins: (time) => [slow(time)] })
  const ann = await enter('room', 'Ann')
  const before = gateway.bus.now(0) + 300
  for (const text of ['slow 1', 'slow 2', 'slow 3']) ann.say(send(text, { before }))
  await time.advance(1_000)
  expect(ann.texts()).toEqual(['slow 1'])
  expect(ann.errors()).toEqual(['too_late', 'too_late'])
})

test('while a sender has too much with the plugins, nothing more of theirs is read', async () => {
  const { time, enter } = await gatewayWith({ plugins: (time) => [slow(time)] })
  const ann = await enter('room', 'Ann')
  for (let i = 0; i < 40; i++) ann.say(send(`slow ${i}`))
  await time.settle()
  expect(ann.socket.paused).toBe(true)
  await time.advance(40 * 200)
  expect(ann.socket.paused).toBe(false)
  expect(ann.texts()).toHaveLength(40)
})

test('what else a sender wants comes behind their messages, and not behind those of others', async () => {
  const { time, enter } = await gatewayWith({ plugins: (time) => [slow(time)] })
  const [ann, ben] = [await enter('room', 'Ann'), await enter('room', 'Ben')]
  ann.say(send('slow'))
  await time.settle()
  ann.say({ type: 'typing', on: true })
  ben.say({ type: 'typing', on: true })
  await time.settle()
  expect(ben.of('typing').map(({ from }) => from.name)).toEqual(['Ben'])
  await time.advance(200)
  const frames = ben.frames.filter(({ type }) => type === 'typing' || type === 'message')
  expect(frames.map(({ type }) => type)).toEqual(['typing', 'message', 'typing'])
})

const failing: [string, StageRefusal, (message: StageMessage, done: Answer, stream: Transform) => unknown][] = [
  [
    'throws',
    'threw',
    () => {
      throw new Error('secret words')
    },
  ],
  ['answers with an error', 'threw', (_, done) => done(new Error('secret words'))],
  [
    'rejects',
    'threw',
    async () => {
      throw new Error('secret words')
    },
  ],
  ['is destroyed', 'ended', (_message, _done, stream) => stream.destroy()],
  ['ends', 'ended', (_message, _done, stream) => stream.push(null)],
  ['swallows', 'swallowed', (_, done) => done()],
  ['never answers', 'timed_out', () => undefined],
  [
    'hands on twice',
    'nonsense',
    (message, done, stream) => {
      stream.push(message)
      done(null, message)
    },
  ],
  ['hands on a word', 'nonsense', (_, done) => done(null, 'words')],
  ['hands on no text', 'nonsense', (_, done) => done(null, { meta: {} })],
  ['hands on an empty text', 'nonsense', (message, done) => done(null, { ...message, text: ' ' })],
  [
    'hands on a text that is too long',
    'nonsense',
    (message, done) => done(null, { ...message, text: 'x'.repeat(4_001) }),
  ],
  ['hands on half a character', 'nonsense', (message, done) => done(null, { ...message, text: '\ud83d' })],
  ['hands on a list as meta', 'nonsense', (message, done) => done(null, { ...message, meta: [] })],
  ['hands on too much meta', 'nonsense', (message, done) => done(null, { ...message, meta: { x: 'é'.repeat(9_000) } })],
  ['hands on meta that is no JSON', 'nonsense', (message, done) => done(null, { ...message, meta: { x: 1n } })],
  ['rejects it', 'rejected', (message, done) => done(null, { ...message, rejected: true })],
]

test.each(failing)('a plugin that %s costs that one message, and goes on (%s)', async (_what, reason, fail) => {
  const { time, refusals, enter } = await gatewayWith({
    plugins: () => [
      plugin((message, done, stream) => (message.text === 'bad' ? fail(message, done, stream) : done(null, message))),
    ],
  })
  const ann = await enter('room', 'Ann')
  for (const text of ['1', 'bad', '2', 'bad', '3']) ann.say(send(text))
  await time.advance(2_000)
  expect(ann.texts()).toEqual(['1', '2', '3'])
  const code = reason === 'rejected' ? 'rejected' : 'stage_failed'
  expect(ann.errors()).toEqual([code, code])
  expect(refusals).toEqual([
    ['plugin-1', reason],
    ['plugin-1', reason],
  ])
})

test('a plugin that hands on two after a while puts neither under another message', async () => {
  const { time, refusals, enter } = await gatewayWith({
    plugins: (time) => [
      plugin((message, done, stream) => {
        time.scheduler.after(50, () => {
          done(null, message)
          if (message.text === 'twice') stream.push({ ...message, text: 'a copy' })
        })
      }),
    ],
    concurrency: 1,
  })
  const [ann, ben] = [await enter('room', 'Ann'), await enter('other', 'Ben')]
  ann.say(send('twice'))
  ben.say(send('mine'))
  ann.say(send('after'))
  await time.advance(1_000)
  expect(ben.texts()).toEqual(['mine'])
  expect(ann.texts()).toEqual(['after'])
  expect(ann.errors()).toEqual(['stage_failed'])
  expect(refusals).toEqual([['plugin-1', 'nonsense']])
})

test('what a sender wants waits for their own messages alone, also where others’ wait behind those', async () => {
  const { time, enter } = await gatewayWith({ plugins: (time) => [slow(time)] })
  const [ann, ben] = [await enter('room', 'Ann'), await enter('room', 'Ben')]
  ann.say(send('slow 1'))
  for (const text of ['slow 2', 'slow 3']) ben.say(send(text))
  await time.settle()
  ann.say({ type: 'typing', on: true })
  ann.say(send('slow 4'))
  await time.advance(250)
  const heard = () => ben.frames.filter(({ type }) => type === 'typing' || type === 'message')
  expect(heard().map(({ type }) => type)).toEqual(['message', 'typing'])
  await time.advance(1_000)
  expect(heard().map(({ type }) => type)).toEqual(['message', 'typing', 'message', 'message', 'message'])
})

test('what a plugin hands on when its time is over counts for nothing', async () => {
  const { time, enter } = await gatewayWith({
    plugins: (time) => [
      plugin((message, done) => {
        if (message.text === 'late') time.scheduler.after(1_500, () => done(null, message))
        else time.scheduler.after(800, () => done(null, message))
      }),
    ],
  })
  const ann = await enter('room', 'Ann')
  for (const text of ['late', 'other']) ann.say(send(text))
  await time.advance(3_000)
  expect(ann.texts()).toEqual(['other'])
  expect(ann.errors()).toEqual(['stage_failed'])
})

test('a factory that fails later refuses messages until it works again', async () => {
  let works = true
  const { time, enter } = await gatewayWith({
    plugins: () => [
      () => {
        if (!works) throw new Error('no')
        return plugin((message, done) => (message.text === 'bad' ? done(new Error('bad')) : done(null, message)))()
      },
    ],
  })
  const ann = await enter('room', 'Ann')
  works = false
  for (const text of ['bad', '1', '2']) ann.say(send(text))
  await time.settle()
  works = true
  ann.say(send('3'))
  await time.settle()
  expect(ann.texts()).toEqual(['3'])
  expect(ann.errors()).toEqual(['stage_failed', 'stage_failed', 'stage_failed'])
})

test('ten thousand messages that fail at once in as many rooms do not pile up', async () => {
  const { time, refusals, enter } = await gatewayWith({
    concurrency: 1,
    plugins: () => [
      plugin(() => {
        throw new Error('no')
      }),
    ],
  })
  const guests = await Promise.all(Array.from({ length: 500 }, (_, i) => enter(`room-${i}`, 'Ann')))
  for (const one of guests) for (let i = 0; i < 20; i++) one.say(send('x'))
  await time.settle()
  expect(refusals).toHaveLength(10_000)
})

test('an async generator is a plugin as well', async () => {
  const { time, enter } = await gatewayWith({
    plugins: () => [
      () =>
        Duplex.from(async function* (messages: AsyncIterable<StageMessage>) {
          for await (const message of messages) {
            if (message.text === 'bad') throw new Error('bad')
            yield { ...message, text: `${message.text}!` }
          }
        }),
    ],
  })
  const ann = await enter('room', 'Ann')
  for (const text of ['1', 'bad', '2']) ann.say(send(text))
  await time.settle()
  await time.settle()
  expect(ann.texts()).toEqual(['1!', '2!'])
  expect(ann.errors()).toEqual(['stage_failed'])
})
