import { CLOSE, ERROR_RULES } from '@whisperrooms/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { attack, attacks, inParallel, noAnswers, slowUpgrade } from '../support/hostile/attack.ts'
import { tour } from '../support/hostile/tour.ts'
import { enter, hear, type Member, newRoom, say } from '../support/member.ts'

const ATTACKS = 400
const INPUTS_EACH = 10
const SLOW_UPGRADES = 50
/** What a head may take, and how often that is looked at, and as much again on a busy machine. */
const SLOW_MS = 12_000

/** What no client can bring about by itself: another gateway, an operator or a later version must. */
const OUT_OF_REACH = new Set([
  'room_ended',
  'kicked',
  'bad_token',
  'expired_token',
  'bus_unavailable',
  'internal',
  'rejected',
  'stage_failed',
  'read_only',
  // Their own tests fill a room and a gateway.
  'room_busy',
  'server_full',
])

let gateway: TestGateway
let controls: readonly [Member, Member]
beforeAll(async () => {
  gateway = await startGateway({
    WR_TRUSTED_PROXIES: '127.0.0.0/8, ::1',
    WR_MAX_MEMBERS: '3',
    WR_RATE_MESSAGES: '10',
    WR_MAX_ABUSE: '100',
  })
  const room = newRoom()
  controls = [await enter(gateway.url, room), await enter(gateway.url, room)]
})
afterAll(() => gateway.stop())

const stranger = (address: string) => ({ headers: { 'x-forwarded-for': address } })

/** Two members talk until `done`. @returns how often they were served. */
async function served(done: Promise<unknown>): Promise<number> {
  let times = 0
  let isOver = false
  const over = done.finally(() => {
    isOver = true
  })
  while (!isOver) {
    const text = `all well ${times++}`
    await Promise.all([say(controls[0], text), hear(controls[1], text)])
    await new Promise((resolve) => setTimeout(resolve, 120))
  }
  await over
  return times
}

test('whatever is sent, others are served, every answer is one of the catalogues, and nothing is left behind', async () => {
  const before = await gateway.usage()
  const answers = noAnswers()
  const all = attacks(gateway.url, ATTACKS, INPUTS_EACH, 20_261_124)
  const slow = Promise.all(Array.from({ length: SLOW_UPGRADES }, () => slowUpgrade(gateway.url)))
  const done = Promise.all([inParallel(8, all, (one) => attack(one, answers)), tour(gateway.url, stranger, answers)])
  expect(await served(done)).toBeGreaterThan(5)
  for (const borneMs of await slow) expect(borneMs).toBeLessThan(SLOW_MS)

  const codes = Object.keys(ERROR_RULES)
  expect([...answers.errors.keys()].filter((code) => !codes.includes(code))).toEqual([])
  expect(codes.filter((code) => !OUT_OF_REACH.has(code) && !answers.errors.has(code))).toEqual([])
  const closes = [1002, 1008, CLOSE.tooBig, CLOSE.left, CLOSE.joinTimeout, CLOSE.roomFull, CLOSE.rateLimited]
  const finals = [
    CLOSE.protocolViolation,
    CLOSE.unsupportedProtocol,
    CLOSE.noSuchRoom,
    CLOSE.roomLocked,
    CLOSE.wrongProof,
  ]
  expect([...closes, ...finals].filter((code) => !answers.closes.has(code))).toEqual([])
  // Whoever has left is remembered for ten seconds of grace.
  await expect
    .poll(async () => (await gateway.usage()).sockets, { timeout: 20_000 })
    .toBeLessThanOrEqual(before.sockets + 30)
  await expect
    .poll(async () => (await gateway.usage()).timers, { timeout: 20_000 })
    .toBeLessThanOrEqual(before.timers + 5)
  expect(gateway.output()).not.toMatch(/"level":[56]0/)
})
