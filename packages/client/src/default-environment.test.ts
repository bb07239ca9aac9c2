import { expect, test } from 'vitest'
import { clockThatCountsSleep, defaultEnvironment } from './default-environment.ts'

function clocks() {
  const monotonic = { ms: 100 }
  const wall = { ms: 1_700_000_000_000 }
  const clock = clockThatCountsSleep({ now: () => monotonic.ms }, { now: () => wall.ms })
  return { monotonic, wall, clock }
}

test('P5 the clock counts the time the machine slept, although the system’s monotonic clock stood still', () => {
  const { monotonic, wall, clock } = clocks()
  expect(clock.now()).toBe(100)
  wall.ms += 3_600_000
  expect(clock.now()).toBe(3_600_100)
  monotonic.ms += 50
  wall.ms += 50
  expect(clock.now()).toBe(3_600_150)
})

test('small corrections of the wall clock, and setting it back, move nothing', () => {
  const { monotonic, wall, clock } = clocks()
  wall.ms += 1_500
  expect(clock.now()).toBe(100)
  wall.ms -= 86_400_000
  monotonic.ms += 10
  expect(clock.now()).toBe(110)
})

test('in Node the default environment is there, one for all rooms', () => {
  const environment = defaultEnvironment()
  expect(environment).toBe(defaultEnvironment())
  expect(environment.isOnline()).toBe(true)
  expect(environment.random.bytes(4)).toHaveLength(4)
  expect(environment.onWake(() => {})()).toBeUndefined()
})
