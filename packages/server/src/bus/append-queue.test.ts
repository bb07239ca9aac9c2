import { expect, test } from 'vitest'
import { AppendQueue } from './append-queue.ts'

/** A queue whose requests end when the test says so. */
function open(maxBatch = Number.POSITIVE_INFINITY) {
  const requests: { batch: readonly string[]; confirm: () => void; fail: () => void }[] = []
  const queue = new AppendQueue<string>({
    send(batch) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      requests.push({ batch, confirm: resolve, fail: () => reject(new Error('failed')) })
      return promise
    },
    clock: () => 7,
    sizeOf: (item) => item.length,
    maxBatch,
  })
  return { queue, requests }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('one request is under way at a time, and what comes meanwhile is the next', async () => {
  const { queue, requests } = open()
  const pushes = [queue.push(['a', 'b']), queue.push(['c']), queue.push(['d'])]
  expect(requests.map(({ batch }) => batch)).toEqual([['a', 'b']])
  expect(queue.sendingSince).toBe(7)
  requests[0]?.confirm()
  expect(await pushes[0]).toEqual([])
  await turn()
  expect(requests.map(({ batch }) => batch)).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ])
  requests[1]?.confirm()
  expect(await Promise.all(pushes)).toEqual([[], [], []])
  await turn()
  expect(queue.sendingSince).toBeUndefined()
})

test('what waited behind a request that failed fails too, and what comes later does not', async () => {
  const { queue, requests } = open()
  const pushes = [queue.push(['a']), queue.push(['b'])]
  requests[0]?.fail()
  expect(await Promise.all(pushes)).toEqual([['a'], ['b']])
  await turn()
  expect(requests).toHaveLength(1)
  const later = queue.push(['c'])
  requests[1]?.confirm()
  expect(await later).toEqual([])
})

test('a batch is no larger than it may be, and what was pushed together may be parted', async () => {
  const { queue, requests } = open(5)
  const push = queue.push(['aa', 'bb', 'cc', 'a-large-one', 'd'])
  const batches: (readonly string[])[] = []
  for (let i = 0; i < requests.length; i++) {
    batches.push(requests[i]?.batch ?? [])
    if (i === 3) requests[i]?.fail()
    else requests[i]?.confirm()
    await turn()
  }
  expect(batches).toEqual([['aa', 'bb'], ['cc'], ['a-large-one'], ['d']])
  expect(await push).toEqual(['d'])
})

test('nothing is nothing', async () => {
  const { queue, requests } = open()
  expect(await queue.push([])).toEqual([])
  expect(requests).toEqual([])
})
