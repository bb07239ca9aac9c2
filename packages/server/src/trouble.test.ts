import { expect, test } from 'vitest'
import type { Log } from './log.ts'
import { troubleLog } from './trouble.ts'

test('what goes wrong again and again is logged now and then, with how often it did', () => {
  const lines: unknown[] = []
  const record = (fields: object, message: string) => void lines.push({ ...fields, message })
  const log: Log = { error: record, warn: record, info: record }
  let now = 0
  const trouble = troubleLog(log, () => now)
  for (now = 0; now < 20_000; now += 1_000) trouble('a fetch failed')
  trouble('another thing')
  expect(lines).toEqual([
    { message: 'a fetch failed' },
    { message: 'a fetch failed', timesBefore: 9 },
    { message: 'another thing' },
  ])
})
