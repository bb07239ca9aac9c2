import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countingRandom } from '../../testing/counting-random.ts'
import { type ManualTime, manualTime } from '../../testing/manual-time.ts'
import { epochOf, Lineages } from './lineages.ts'
import type { Lineage } from './state-entries.ts'

/** Gateways that read, in one order, what any of them puts. */
function open(count: number, time: ManualTime = manualTime()) {
  const { clock, scheduler } = time
  const random = countingRandom()
  const all: Lineages[] = []
  const changes = Array.from({ length: count }, (): Lineage[] => [])
  let isDown = false
  let confirmed = Promise.resolve()
  for (let i = 0; i < count; i++)
    all.push(
      new Lineages({
        state: {
          async put(_partition, _key, content) {
            if (isDown) return false
            for (const one of all) one.read(content as Lineage)
            await confirmed
            return true
          },
          follow: () => () => undefined,
          forget: () => undefined,
          close: () => undefined,
        },
        clock,
        scheduler,
        random,
        begin: async () => ({ topicId: 'topic', starts: [1, 2] }),
        changed: (lineage) => changes[i]?.push(lineage),
        trouble: () => undefined,
      }),
    )
  return {
    time,
    all,
    changes,
    down: (is: boolean) => (isDown = is),
    confirmAfter: (what: Promise<void>) => {
      confirmed = what
    },
  }
}

test('when all notice at once one acts, and all come to the same', async () => {
  const { time, all, changes } = open(5)
  const advancing = all.map((one) => one.advance())
  await time.advance(1_000)
  await Promise.all(advancing)
  const [first] = all
  for (const one of all) expect(one.current).toEqual(first?.current)
  expect(first?.current).toMatchObject({ number: 1, topicId: 'topic', starts: [1, 2] })
  for (const mine of changes) expect(mine).toHaveLength(1)
})

test('it goes on trying until it is put', async () => {
  const { time, all, down } = open(1)
  const [one] = all
  down(true)
  const advancing = one?.advance()
  await time.advance(3_000)
  expect(one?.current).toBeUndefined()
  down(false)
  await time.advance(1_000)
  await advancing
  expect(one?.current?.number).toBe(1)
})

test('what is noticed of a lineage that has only just begun begins another one', async () => {
  const { time, all, confirmAfter } = open(1)
  const [one] = all
  const confirmed = Promise.withResolvers<void>()
  confirmAfter(confirmed.promise)
  void one?.advance()
  await time.advance(1_000)
  expect(one?.current?.number).toBe(1)
  void one?.advance()
  confirmed.resolve()
  await time.advance(1_000)
  expect(one?.current?.number).toBe(2)
})

test('in whatever order they are read, and however often, the same one counts', () => {
  const lineage = fc.record({
    number: fc.nat(3),
    id: fc.constantFrom('a', 'b', 'c'),
    topicId: fc.constant(null),
    starts: fc.constant([0]),
  })
  fc.assert(
    fc.property(fc.array(lineage, { minLength: 1 }), fc.array(fc.nat()), (lineages, order) => {
      const [one, other] = open(2).all
      for (const read of lineages) one?.read(read)
      const shuffled = lineages.map((read, i) => ({ read, at: order[i] ?? 0 })).toSorted((a, b) => a.at - b.at)
      for (const { read } of [...shuffled, ...shuffled]) other?.read(read)
      expect(other?.current).toEqual(one?.current)
    }),
  )
})

test('epochs of different lineages differ', () => {
  const begin = { topicId: null, starts: [0] }
  const epochs = [1, 2].flatMap((number) => ['a', 'b'].map((id) => epochOf({ number, id, ...begin })))
  expect(new Set(epochs).size).toBe(4)
})
