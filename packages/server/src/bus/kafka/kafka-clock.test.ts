import { expect, test } from 'vitest'
import { KafkaClock } from './kafka-clock.ts'

/** A broker whose clock is ahead of the monotonic one by `offsetMs`, asked with round trips as given. */
function open() {
  let now = 0
  const clock = new KafkaClock(() => now)
  const probe = (offsetMs: number, roundTripMs: number, stampedAfterMs = roundTripMs / 2) => {
    const sent = now
    now += roundTripMs
    return clock.probe(sent, now, sent + stampedAfterMs + offsetMs)
  }
  const wait = (ms: number) => {
    now += ms
  }
  return { clock, probe, wait, monotonic: () => now }
}

test('of several probes the one with the shortest way counts', () => {
  const { clock, probe, monotonic } = open()
  probe(5_000, 400, 390)
  probe(5_000, 2)
  probe(5_000, 600, 10)
  expect(clock.now()).toBe(monotonic() + 5_000)
  expect(clock.surelyAt(monotonic())).toBe(monotonic() + 4_999)
})

test('it does not go back when a better probe says that it was too early', () => {
  const { clock, probe, monotonic } = open()
  probe(5_000, 400, 390)
  const before = clock.now()
  probe(5_000, 2)
  expect(clock.now()).toBeGreaterThanOrEqual(before)
  expect(clock.now() - (monotonic() + 5_000)).toBeLessThanOrEqual(200)
})

test.each([1_500, -1_500, 3_600_000])(
  'a clock that was set by %d ms is noticed, and not followed until it is read anew',
  (stepMs) => {
    const { clock, probe, wait, monotonic } = open()
    expect(probe(5_000, 2)).toBe(true)
    wait(2_000)
    expect(probe(5_000 + stepMs, 2)).toBe(false)
    expect(clock.now()).toBe(monotonic() + 5_000)
    clock.reset()
    expect(clock.isSet).toBe(false)
    expect(probe(5_000 + stepMs, 2)).toBe(true)
    expect(clock.now()).toBe(monotonic() + 5_000 + stepMs)
  },
)

test('a long way is no step', () => {
  const { probe } = open()
  expect(probe(5_000, 2)).toBe(true)
  expect(probe(5_000, 4_000, 10)).toBe(true)
})
