import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBusTime } from './bus-time.ts'

test('the time of the bus is known to within half the best round trip, whatever the way there and back took', () => {
  const trip = fc.record({ there: fc.nat(2_000), back: fc.nat(2_000) })
  fc.assert(
    fc.property(fc.array(trip, { minLength: 1, maxLength: 8 }), fc.integer({ min: 0, max: 1e12 }), (trips, ahead) => {
      const busTime = createBusTime()
      let now = 5_000
      for (const { there, back } of trips) {
        busTime.sample(now + there + ahead, now, now + there + back)
        now += 15_000
      }
      const best = Math.min(...trips.map(({ there, back }) => (there + back) / 2))
      expect(Math.abs(busTime.toBus(now) - (now + ahead))).toBeLessThanOrEqual(best)
      expect(busTime.toLocal(busTime.toBus(now))).toBeCloseTo(now, 3)
    }),
  )
})

test('after a jump of the clock the old samples are not believed any more', () => {
  const busTime = createBusTime()
  busTime.sample(100_000, 0, 2)
  busTime.sample(1_000_000, 1_000, 1_400)
  expect(busTime.toBus(1_200)).toBe(1_000_000)
})
