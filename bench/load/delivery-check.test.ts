import { expect, test } from 'vitest'
import { DeliveryCheck } from './delivery-check.ts'

/** More than a check has room for at first. */
const MANY = 5_000

function checkOf({ acknowledged, arrived }: { acknowledged: readonly number[]; arrived: readonly number[] }) {
  const check = new DeliveryCheck()
  for (const sequence of acknowledged) check.acknowledge(sequence)
  for (const sequence of arrived) check.arrive(sequence)
  const { lost, repeated, disordered } = check
  return { acknowledged: check.acknowledged, arrived: check.arrived, lost, repeated, disordered }
}

test('what arrived once, in order, is nothing to complain of', () => {
  const all = Array.from({ length: MANY }, (_, i) => i)
  const fine = { acknowledged: MANY, arrived: MANY, lost: 0, repeated: 0, disordered: 0 }
  expect(checkOf({ acknowledged: all, arrived: all })).toEqual(fine)
})

test('what was acknowledged and never arrived is lost', () => {
  expect(checkOf({ acknowledged: [0, 1, MANY], arrived: [1] })).toMatchObject({ acknowledged: 3, arrived: 1, lost: 2 })
})

test('what was not acknowledged is not lost', () => {
  expect(checkOf({ acknowledged: [], arrived: [3] })).toMatchObject({ arrived: 1, lost: 0 })
})

test('what arrives twice is counted once, and as repeated', () => {
  expect(checkOf({ acknowledged: [0, 0], arrived: [0, 0, 0] })).toMatchObject({
    acknowledged: 1,
    arrived: 1,
    repeated: 2,
    disordered: 0,
  })
})

test('what arrives behind a later one is out of order', () => {
  expect(checkOf({ acknowledged: [], arrived: [0, 2, 1, 3] })).toMatchObject({ arrived: 4, disordered: 1 })
})
