import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { attack, attacks, inParallel, noAnswers, slowUpgrade } from '../support/hostile/attack.ts'
import { unknownErrors, unlikeCatalogues } from '../support/hostile/catalogues.ts'
import { held, leftBehind } from '../support/hostile/left-behind.ts'
import { operatedTour } from '../support/hostile/operated-tour.ts'
import { tour } from '../support/hostile/tour.ts'
import { enter, hear, type Member, newRoom, say } from '../support/member.ts'

const ATTACKS = 400
const INPUTS_EACH = 10
const SLOW_UPGRADES = 50
/** What a head may take, and how often that is looked at, and as much again on a busy machine. */
const SLOW_MS = 12_000
/** Whoever has left is remembered for ten seconds of grace. */
const GONE = { timeout: 25_000, interval: 500 }

let gateway: TestGateway
let controls: readonly [Member, Member]
beforeAll(async () => {
  gateway = await startGateway({
    WR_TRUSTED_PROXIES: '127.0.0.0/8, ::1',
    WR_MAX_MEMBERS: '3',
    WR_RATE_MESSAGES: '10',
    WR_MAX_ABUSE: '100',
    WR_TTL_MAX: '10',
    WR_LINGER: '1',
  })
  const room = newRoom()
  controls = [await enter(gateway.url, room), await enter(gateway.url, room)]
})
afterAll(() => gateway.stop())

const stranger = (address: string) => ({ headers: { 'x-forwarded-for': address } })

async function controlled(text: string): Promise<void> {
  await Promise.all([say(controls[0], text), hear(controls[1], text)])
}

/** Two members talk until `done`. @returns how often they were served. */
async function served(done: Promise<unknown>): Promise<number> {
  let times = 0
  let isOver = false
  const over = done.finally(() => {
    isOver = true
  })
  while (!isOver) {
    await controlled(`all well ${times++}`)
    await new Promise((resolve) => setTimeout(resolve, 120))
  }
  await over
  return times
}

test('both catalogues are said but for what a gateway in memory cannot say, others are served, and nothing is left behind', async () => {
  await controlled('before')
  const before = await held(gateway)
  const [answers, toured] = [noAnswers(), noAnswers()]
  const all = attacks(gateway.url, ATTACKS, INPUTS_EACH, 20_261_124)
  const slow = Promise.all(Array.from({ length: SLOW_UPGRADES }, () => slowUpgrade(gateway.url)))
  const done = Promise.all([
    inParallel(8, all, (one) => attack(one, answers)),
    tour(gateway.url, stranger, toured),
    operatedTour(toured),
  ])
  expect(await served(done)).toBeGreaterThan(5)
  for (const borneMs of await slow) expect(borneMs).toBeLessThan(SLOW_MS)

  expect(unlikeCatalogues(toured)).toEqual({ missing: [], unexpected: [] })
  expect(unknownErrors(answers)).toEqual([])
  await expect.poll(async () => leftBehind(before, await held(gateway)), GONE).toEqual([])
  expect(gateway.output()).not.toMatch(/"level":[56]0/)
})
