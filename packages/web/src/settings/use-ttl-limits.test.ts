import { expect, test, vi } from 'vitest'
import { USUAL_LIMITS } from './ttl-choices.ts'
import { ttlLimits } from './use-ttl-limits.ts'

test('the server is asked once for its times however many want to know, and again only when it did not answer', async () => {
  const limits = { ttlMin: 5, ttlMax: 60, ttlDefault: 30 }
  const fetched = vi.fn<() => Promise<{ json: () => Promise<unknown> }>>()
  vi.stubGlobal('fetch', fetched)
  fetched.mockRejectedValueOnce(new TypeError('no network'))
  expect(await ttlLimits()).toEqual(USUAL_LIMITS)
  fetched.mockResolvedValue({ json: async () => limits })
  expect(await Promise.all([ttlLimits(), ttlLimits()])).toEqual([limits, limits])
  expect(await ttlLimits()).toEqual(limits)
  expect(fetched).toHaveBeenCalledTimes(2)
  vi.unstubAllGlobals()
})
