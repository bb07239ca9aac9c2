import { expect, test } from 'vitest'
import { manualTime } from '../../../testing/manual-time.ts'
import { keyOf, type Wanted } from './fetch.ts'
import { FetchLoops } from './fetch-loops.ts'

const NONE = 0
const NOT_LEADER = 6
const UNKNOWN_TOPIC_ID = 100
/** Longer than it takes until somebody asks again, in milliseconds. */
const LONG_MS = 10_000

/** Somebody who follows the one partition of a topic, on a broker that answers each fetch with `answers(howManyBefore)`. */
function open(answers: (fetches: number) => number) {
  const time = manualTime()
  const heard: string[] = []
  let fetches = 0
  let topicId = 'first'
  const fetch = async (_node: number, turn: readonly Wanted[], maxWaitMs: number) => {
    const errorCode = answers(fetches++)
    // A broker that has nothing waits for something; one that is asked in vain says so at once.
    await new Promise<void>((resolve) => {
      time.scheduler.after(errorCode === NONE ? maxWaitMs : 1, resolve)
    })
    const fetched = { partition: 0, errorCode, highWatermark: 0, messages: [], end: 0 }
    return new Map(turn.map((wanted) => [keyOf(wanted), { ...fetched, topicId: wanted.topicId }]))
  }
  const loops = new FetchLoops({
    ...time,
    steady: fetch,
    quick: fetch,
    topicId: () => topicId,
    leaderOf: () => 1,
    refresh: async () => undefined,
    endsOf: async () => ({ start: 0, end: 0 }),
    failed: (error) => heard.push(String(error)),
  })
  loops.add({
    topic: 'log',
    partition: 0,
    from: 0,
    took(_messages, end, tailAsOf) {
      if (tailAsOf !== undefined) heard[0] ??= `read to ${end}`
      return undefined
    },
    overtaken: () => heard.push('overtaken'),
    diverged: () => heard.push('diverged'),
  })
  return {
    time,
    heard,
    fetches: () => fetches,
    makeAnew() {
      topicId = 'second'
    },
  }
}

test('a broker that has just started may not know the topic five times in a row', async () => {
  const { time, heard } = open((fetches) => (fetches < 5 ? UNKNOWN_TOPIC_ID : NONE))
  await time.advance(LONG_MS)
  expect(heard).toEqual(['read to 0'])
})

test('a topic that is not known a sixth time is not there: whoever follows it is told once, and it is not asked for again', async () => {
  const { time, heard, fetches } = open(() => UNKNOWN_TOPIC_ID)
  await time.advance(LONG_MS)
  expect(heard).toEqual(['diverged'])
  expect(fetches()).toBe(6)
})

test('only times in a row count: after any other answer it may be unknown five times more', async () => {
  const unknownButFor = new Map([
    [5, NOT_LEADER],
    [11, NONE],
  ])
  const { time, heard } = open((fetches) => (fetches > 16 ? NONE : (unknownButFor.get(fetches) ?? UNKNOWN_TOPIC_ID)))
  await time.advance(LONG_MS)
  expect(heard).toEqual(['read to 0'])
})

test('a topic that is not known, and has another id by now, was made anew: that is told at once', async () => {
  const { time, heard, fetches, makeAnew } = open((before) => (before < 1 ? NONE : UNKNOWN_TOPIC_ID))
  makeAnew()
  await time.advance(LONG_MS)
  expect(heard).toEqual(['read to 0', 'diverged'])
  expect(fetches()).toBe(2)
})
