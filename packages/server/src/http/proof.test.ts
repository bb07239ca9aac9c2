import { expect, test } from 'vitest'
import { manualTime } from '../testing/manual-time.ts'
import { proof } from './proof.ts'

function open(answers: readonly (number | Error)[]) {
  const time = manualTime()
  let asked = 0
  const prove = proof({
    bus: {
      async erasedWithin() {
        const answer = answers[asked++]
        if (answer instanceof Error) throw answer
        return answer
      },
    },
    shards: () => [],
    isInMemory: false,
    clock: time.clock,
  })
  return { time, prove, asked: () => asked }
}

test('however many ask, the brokers are asked once in ten seconds', async () => {
  const { time, prove, asked } = open([30, 40])
  const proofs = await Promise.all([prove(), prove()])
  for (const { broker } of proofs) expect(broker?.erasedWithin).toBe(30)
  await time.advance(9_900)
  await prove()
  expect(asked()).toBe(1)
  await time.advance(200)
  expect((await prove()).broker?.erasedWithin).toBe(40)
})

test('that they could not be asked is not kept', async () => {
  const { prove } = open([new Error('down'), 30])
  await expect(prove()).rejects.toThrow('down')
  expect((await prove()).broker?.erasedWithin).toBe(30)
})
