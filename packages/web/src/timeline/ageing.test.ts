import { expect, test, vi } from 'vitest'
import { createAgeing, isDrying, leftOf } from './ageing.ts'

const life = { ttlMs: 180_000, deadlineMs: 1_000_000 }

test('a ring is full at the beginning, empty at the deadline and never beyond', () => {
  expect(leftOf(life, 820_000)).toBe(1)
  expect(leftOf(life, 910_000)).toBe(0.5)
  expect(leftOf(life, 1_000_000)).toBe(0)
  expect(leftOf(life, 1_000_001)).toBe(0)
  expect(leftOf(life, 0)).toBe(1)
})

test('P5 every second, seen or hidden, what is past its deadline is let go of, whatever became of its timer', () => {
  vi.useFakeTimers()
  const document = { visibilityState: 'hidden', addEventListener: vi.fn(), removeEventListener: vi.fn() }
  vi.stubGlobal('document', document)
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      observe() {}
      disconnect() {}
    },
  )
  const purge = vi.fn()
  const stop = createAgeing(() => 0, purge).start({} as Element)
  vi.advanceTimersByTime(3000)
  expect(purge).toHaveBeenCalledTimes(3)
  stop()
  vi.advanceTimersByTime(3000)
  expect(purge).toHaveBeenCalledTimes(3)
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('a message dries in its last 30 seconds, one that lives for seconds in its last quarter', () => {
  expect(isDrying(life, 969_999)).toBe(false)
  expect(isDrying(life, 970_000)).toBe(true)
  expect(isDrying({ ttlMs: 8000, deadlineMs: 8000 }, 5999)).toBe(false)
  expect(isDrying({ ttlMs: 8000, deadlineMs: 8000 }, 6000)).toBe(true)
})
