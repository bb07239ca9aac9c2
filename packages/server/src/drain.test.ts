import { expect, test } from 'vitest'
import { type Drainable, drain } from './drain.ts'
import { countingRandom } from './testing/counting-random.ts'
import { manualTime } from './testing/manual-time.ts'

interface Client extends Drainable {
  isServed: boolean
  hasUnsent: boolean
  readonly told: string[]
}

function open(count: number, { isLast = false, withinMs = 20_000, answers = true } = {}) {
  const time = manualTime()
  const connections = new Set<Client>()
  const atMs: number[] = []
  for (let i = 0; i < count; i++) {
    const client: Client = {
      isServed: true,
      hasUnsent: false,
      told: [],
      pauseIntake: () => client.told.push('pause'),
      restart() {
        client.told.push('restart')
        atMs.push(time.clock())
        if (answers) connections.delete(client)
      },
      terminate() {
        client.told.push('terminate')
        connections.delete(client)
      },
    }
    connections.add(client)
  }
  const clients = [...connections]
  let isOver = false
  const begin = () => {
    void drain({ connections, isLast, withinMs, ...time, random: countingRandom() }).then(() => {
      isOver = true
    })
  }
  return { time, clients, connections, atMs, begin, isOver: () => isOver }
}

test('a few are sent away at once', async () => {
  const { time, clients, begin, isOver } = open(10)
  begin()
  await time.settle()
  expect(clients.every(({ told }) => told.includes('restart'))).toBe(true)
  expect(isOver()).toBe(true)
})

test('many are sent away in batches, none of which comes a fixed time after the one before', async () => {
  const { time, begin, atMs, isOver } = open(1_000)
  begin()
  await time.advance(20_000)
  expect(isOver()).toBe(true)
  const batches = [...new Set(atMs)]
  expect(batches).toHaveLength(10)
  expect(new Set(batches.slice(1).map((ms, i) => ms - (batches[i] ?? 0))).size).toBeGreaterThan(3)
})

test('however many there are, all are sent away in time', async () => {
  const { time, begin, atMs, isOver } = open(20_000, { withinMs: 5_000 })
  begin()
  await time.advance(5_000)
  expect(isOver()).toBe(true)
  expect(Math.max(...atMs)).toBeLessThanOrEqual(3_000)
})

test('whoever has not had everything yet keeps nobody else, and is sent away once served', async () => {
  const { time, clients, begin, isOver } = open(3)
  const [slow, ...others] = clients as [Client, Client, Client]
  slow.isServed = false
  begin()
  await time.advance(1_000)
  expect(slow.told).toEqual(['pause', 'pause'])
  for (const { told } of others) expect(told).toContain('restart')
  slow.isServed = true
  await time.advance(100)
  expect(slow.told).toContain('restart')
  expect(isOver()).toBe(true)
})

test('whoever never reads is cut off when the time is over', async () => {
  const { time, clients, begin, isOver } = open(1, { answers: false, withinMs: 5_000 })
  const [stuck] = clients as [Client]
  stuck.isServed = false
  stuck.hasUnsent = true
  begin()
  await time.advance(4_900)
  expect(isOver()).toBe(false)
  await time.advance(200)
  expect(stuck.told.slice(-2)).toEqual(['restart', 'terminate'])
  expect(isOver()).toBe(true)
})

test('where nothing outlives the gateway, nobody is taken from any more, and nobody leaves before all have what was said', async () => {
  const { time, clients, begin } = open(300, { isLast: true })
  const last = clients.at(-1) as Client
  last.isServed = false
  begin()
  await time.advance(100)
  expect(clients.every(({ told }) => told.includes('pause'))).toBe(true)
  expect(clients.some(({ told }) => told.includes('restart'))).toBe(false)
  last.isServed = true
  await time.advance(1_000)
  expect(clients.every(({ told }) => told.includes('restart'))).toBe(true)
})

test('without any time everybody is told, and then cut off', async () => {
  const { time, clients, begin, isOver } = open(200, { withinMs: 0, answers: false, isLast: true })
  begin()
  await time.advance(200)
  for (const { told } of clients) expect(told).toContain('restart')
  expect(isOver()).toBe(true)
})
