import { expect, test } from 'vitest'
import { expose } from './exposition.ts'
import { Histogram } from './histogram.ts'

test('numbers, numbers by word and histograms have the text format of Prometheus', () => {
  const sizes = new Histogram([1, 10])
  for (const size of [0.5, 1, 2, 11]) sizes.observe(size)
  const by = new Map([
    ['held', 2],
    ['too_late', 1],
  ])
  expect(
    expose([
      { name: 'rooms', help: 'Rooms.', type: 'gauge', value: 3 },
      { name: 'refusals_total', help: 'Refused.', type: 'counter', value: { label: 'reason', by } },
      { name: 'size_bytes', help: 'Sizes.', type: 'histogram', value: sizes },
    ]),
  ).toBe(`# HELP rooms Rooms.
# TYPE rooms gauge
rooms 3
# HELP refusals_total Refused.
# TYPE refusals_total counter
refusals_total{reason="held"} 2
refusals_total{reason="too_late"} 1
# HELP size_bytes Sizes.
# TYPE size_bytes histogram
size_bytes_bucket{le="1"} 2
size_bytes_bucket{le="10"} 3
size_bytes_bucket{le="+Inf"} 4
size_bytes_sum 14.5
size_bytes_count 4
`)
})
