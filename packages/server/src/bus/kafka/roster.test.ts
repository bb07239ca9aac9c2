import { expect, test } from 'vitest'
import { manualTime } from '../../testing/manual-time.ts'
import { Roster } from './roster.ts'
import type { Heartbeat } from './state-entries.ts'

const OURS: Heartbeat = { epoch: 'one', reads: 3, secret: 'ours' }

function open() {
  const time = manualTime()
  const { clock, scheduler } = time
  const events: string[] = []
  let beats = 0
  const roster = new Roster({
    gateway: 'me',
    state: {
      put: async () => {
        beats++
        return true
      },
      follow: () => () => undefined,
      forget: () => undefined,
      close: () => undefined,
    },
    heartbeat: () => OURS,
    clock,
    scheduler,
    came: (gateway) => events.push(`${gateway} came`),
    gone: (gateway) => events.push(`${gateway} gone`),
  })
  /** Time passes, and the heartbeats are read all the while. */
  async function listen(ms: number, heard: () => void = () => undefined): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      await time.advance(500)
      if (passed % 2_000 === 0) heard()
      roster.read(clock())
    }
  }
  return { time, roster, events, listen, beats: () => beats }
}

test('a gateway is there while it is heard, and gone ten seconds after', async () => {
  const { roster, events, listen } = open()
  roster.heard('other', OURS, 0)
  await listen(30_000, () => roster.heard('other', OURS, 0))
  expect(events).toEqual(['other came'])
  await listen(8_000)
  expect(roster.isHere('other')).toBe(true)
  await listen(3_000)
  expect(roster.isHere('other')).toBe(false)
  expect(events).toEqual(['other came', 'other gone'])
})

test('while nothing can be read, nobody’s silence says anything', async () => {
  const { time, roster, events, listen } = open()
  roster.heard('other', OURS, 0)
  await listen(2_000)
  await time.advance(60_000)
  await listen(8_000)
  expect(events).toEqual(['other came'])
  await listen(4_000)
  expect(events).toEqual(['other came', 'other gone'])
})

test('what was said long ago brings nobody back', () => {
  const { roster, events } = open()
  roster.heard('other', OURS, 11_000)
  roster.heard('me', OURS, 0)
  expect(events).toEqual([])
})

test('it knows whether all agree, and what all can read', () => {
  const { roster } = open()
  roster.heard('other', { epoch: 'one', reads: 2, secret: 'ours' }, 0)
  expect(roster.agreesOn('one')).toBe(true)
  expect(roster.commonVersion(3)).toBe(2)
  roster.heard('third', { epoch: 'two', reads: 5, secret: 'ours' }, 0)
  expect(roster.agreesOn('one')).toBe(false)
  expect(roster.commonVersion(3)).toBe(2)
})

test('one with another secret is known for as long as it is heard, and otherwise not listened to', async () => {
  const { time, roster, events } = open()
  roster.heardStranger(60_000)
  expect(roster.hasStrangers).toBe(false)
  roster.heardStranger(0)
  expect(roster.hasStrangers).toBe(true)
  await time.advance(11_000)
  expect(roster.hasStrangers).toBe(false)
  expect(events).toEqual([])
})

test('it says every two seconds that this gateway is there, and at once when asked to', async () => {
  const { time, roster, beats } = open()
  roster.start()
  await time.advance(4_100)
  expect(beats()).toBe(3)
  roster.beat()
  expect(beats()).toBe(4)
  roster.close()
  await time.advance(10_000)
  expect(beats()).toBe(4)
})
