import { Transform } from 'node:stream'
import { expect, test } from 'vitest'
import type { StageFactory, StageMessage } from '../plugin.ts'
import type { StagesConfig } from '../stages-config.ts'
import { guest, send } from '../testing/guest.ts'
import type { ManualTime } from '../testing/manual-time.ts'
import { testGateway } from '../testing/test-gateway.ts'
import type { Fortune } from '../testing/unreliable-bus.ts'
import { optionalStages } from './optional-stages.ts'

const WORKS: Fortune = { kind: 'works', delayMs: 0 }
const REFUSES: Fortune = { kind: 'refuses', delayMs: 0 }
/** What the plugin takes over each message, in milliseconds. */
const PLUGIN_MS = 200

const slow =
  ({ scheduler }: ManualTime): StageFactory =>
  () =>
    new Transform({
      objectMode: true,
      transform: (message: StageMessage, _encoding, done) => void scheduler.after(PLUGIN_MS, () => done(null, message)),
    })

const CONFIG: StagesConfig = {
  unlisted: [],
  listed: [],
  words: undefined,
  filterMode: 'mask',
  plugins: [],
  pluginTimeoutMs: 1_000,
  pluginConcurrency: 4,
}

/** Ada has said two things, both of which are with the plugins, and her socket is gone; Ben is still there. */
async function goneMeanwhile() {
  let fortune = WORKS
  const gateway = await testGateway({
    fortune: () => fortune,
    stages(time) {
      const make = slow(time)
      const plugins = [{ name: 'plugin-1', make, first: make() }]
      return optionalStages({ ...time, config: CONFIG, plugins, refused: () => undefined })
    },
  })
  const { time } = gateway
  const ben = await guest(gateway, 'tea', 'Ben')
  const ada = await guest(gateway, 'tea', 'Ada')
  const said = [send('first'), send('second')]
  for (const message of said) ada.say(message)
  await time.settle()
  ada.disconnect()
  return {
    time,
    ben,
    said,
    bus(next: Fortune) {
      fortune = next
    },
    /** Ada comes back on another socket, and says the same again, under the same keys. */
    async comeBack() {
      const back = await guest(gateway, 'tea', 'Ada', { create: undefined })
      for (const message of said) back.say(message)
      await time.advance(said.length * PLUGIN_MS)
      return back
    },
  }
}

test('P3 what is refused when its socket has closed holds what was said behind it: nothing overtakes it', async () => {
  const { time, ben, bus, comeBack } = await goneMeanwhile()
  bus(REFUSES)
  await time.advance(PLUGIN_MS)
  bus(WORKS)
  await time.advance(10 * PLUGIN_MS)
  expect(ben.texts()).toEqual([])
  const back = await comeBack()
  expect(back.errors()).toEqual([])
  expect(ben.texts()).toEqual(['first', 'second'])
})

test('P2 what came through when its socket had closed is in the log once, and acknowledged to who says it again', async () => {
  const { time, ben, said, comeBack } = await goneMeanwhile()
  await time.advance(said.length * PLUGIN_MS)
  expect(ben.texts()).toEqual(['first', 'second'])
  const back = await comeBack()
  expect(back.of('ack')).toMatchObject(said.map(({ key }) => ({ key, duplicate: true })))
  expect(ben.texts()).toEqual(['first', 'second'])
})
