import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CANARY } from '../support/canary.ts'
import { failToStart, startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, hear, newRoom, say, sendFrame, textsOf } from '../support/member.ts'

const SHOUT = join(import.meta.dirname, '../../examples/plugins/src/shout.ts')

/** Answers with an error to `fail`, never to `hang`, and 300 ms late to `wait`. */
const MOODY = `
import { Transform } from 'node:stream'
export default () => new Transform({
  objectMode: true,
  transform(message, _encoding, done) {
    if (message.text.startsWith('fail')) return done(new Error(message.text))
    if (message.text.startsWith('hang')) return
    setTimeout(() => done(null, message), message.text.startsWith('wait') ? 300 : 0)
  },
})
`

let folder: string
let gateway: TestGateway
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stages-'))
  writeFileSync(join(folder, 'moody.mjs'), MOODY)
  writeFileSync(join(folder, 'words.txt'), '# what nobody says here\ndarn\n')
  gateway = await startGateway({
    WR_STAGES: 'enrich,redact',
    WR_STAGES_LISTED: 'redact,filter',
    WR_FILTER_WORDS_FILE: join(folder, 'words.txt'),
    WR_PLUGINS: `${SHOUT},${join(folder, 'moody.mjs')}`,
    WR_PLUGIN_TIMEOUT: '400',
  })
})
afterAll(async () => {
  await gateway.stop()
  rmSync(folder, { recursive: true })
})

test('a message is heard as the stages have made it', async () => {
  const room = newRoom()
  const speaker = await enter(gateway.url, room)
  const listener = await enter(gateway.url, room)
  await say(speaker, 'darn @ann, pay with 4111 1111 1111 1111')
  const heard = await hear(listener, 'darn @ann, pay with [redacted]')
  expect(heard.meta).toEqual({ mentions: ['ann'] })
  await say(speaker, '/shout hello')
  expect((await hear(listener, 'HELLO')).meta).toBeUndefined()
  expect((await enter(gateway.url, room)).replayed).toContainEqual(heard)
})

test('listed rooms have stages of their own', async () => {
  const member = await enter(gateway.url, newRoom(), { create: { listed: true } })
  const frame = sendFrame({ text: 'Dàrn it' })
  member.client.send(frame)
  expect(await member.client.answer(frame.key)).toMatchObject({ type: 'error', code: 'rejected' })
  await say(member, '@ann 378282246310005')
  expect((await hear(member, '@ann [redacted]')).meta).toBeUndefined()
})

test('one plugin that is slow in a room delays nobody elsewhere, and order is kept', async () => {
  const [here, there] = [await enter(gateway.url, newRoom()), await enter(gateway.url, newRoom())]
  const frames = ['wait', 'second', 'third'].map((text) => sendFrame({ text }))
  for (const frame of frames) here.client.send(frame)
  await say(there, 'elsewhere')
  expect(textsOf(here)).toEqual([])
  await hear(here, 'third')
  expect(textsOf(here)).toEqual(['wait', 'second', 'third'])
})

test('messages on which a plugin fails are refused, the rest goes on, and nothing of them is in the log', async () => {
  const member = await enter(gateway.url, newRoom())
  const frames = [`fail ${CANARY}`, `hang ${CANARY}`, 'fine'].map((text) => sendFrame({ text }))
  for (const frame of frames) member.client.send(frame)
  const answers = await Promise.all(frames.map(({ key }) => member.client.answer(key)))
  expect(answers).toMatchObject([{ code: 'stage_failed' }, { code: 'stage_failed' }, { type: 'ack' }])
  expect(textsOf(member)).toEqual(['fine'])
  expect(gateway.output()).toContain('plugin-2')
  expect(gateway.output()).not.toContain(CANARY)
})

test('a plugin that cannot be used is named, and the gateway does not start', async () => {
  const { code, output } = await failToStart({ WR_PLUGINS: `${SHOUT},./${CANARY}.ts` })
  expect(code).toBe(1)
  expect(output).toContain('WR_PLUGINS: plugin 2 is a file that cannot be read')
  expect(output).not.toContain(CANARY)
  expect(output.trim().split('\n')).toHaveLength(1)
})

test.each([
  ['ends the process', 'process.exit(0)', 'ends the process when it is imported'],
  ['ends the process when it is called', 'export default () => process.exit(0)', 'ends the process when'],
  ['rejects', `Promise.reject(new RangeError('${CANARY}'))\nexport default 7`, 'has no function as its default export'],
  [
    'rejects beside a stage',
    `import { PassThrough } from 'node:stream'
Promise.reject(new RangeError('${CANARY}'))
export default () => new PassThrough({ objectMode: true })`,
    'leaves a rejection unhandled: RangeError',
  ],
])('a plugin that %s is named, and the gateway does not start', async (_what, source, why) => {
  const file = join(folder, `${CANARY}.mjs`)
  writeFileSync(file, source)
  const { code, output } = await failToStart({ WR_PLUGINS: `${SHOUT},${file}` })
  expect(code).toBe(1)
  expect(output).toContain(`WR_PLUGINS: plugin 2 ${why}`)
  expect(output).not.toContain(CANARY)
  expect(output.trim().split('\n')).toHaveLength(1)
})
