import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CANARY } from '../support/canary.ts'
import { failToStart, startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, newRoom, say } from '../support/member.ts'

let running: TestGateway
beforeAll(async () => {
  running = await startGateway()
})
afterAll(() => running.stop())

test('a gateway whose port is in use says so and ends, and the one that has it goes on', async () => {
  const { code, output } = await failToStart({ PORT: String(running.port) })
  expect(code).toBe(1)
  expect(output).toContain('PORT is in use')
  await say(await enter(running.url, newRoom()))
})

describe.concurrent('a wrong environment variable is named, its value is not repeated, and the gateway does not start', () => {
  test.each([
    ['PORT', CANARY],
    ['PORT', '70000'],
    ['WR_TTL_MIN', '0'],
    ['WR_TTL_MIN', CANARY],
    ['WR_TTL_DEFAULT', '4000'],
    ['WR_ROOM_BYTES', '1024'],
    ['WR_SECRET', CANARY],
    ['WR_ORIGINS', `https://a.example,${CANARY}`],
    ['WR_ORIGINS', `https://a.example/${CANARY}`],
    ['WR_LOG_LEVEL', CANARY],
    ['WR_NO_SUCH_THING', CANARY],
    ['WR_TTL_MAX', '5m'],
    ['WR_LINGER', ' 900'],
    ['WR_DRAIN_SECONDS', '-1'],
    ['WR_METRICS_TOKEN', CANARY],
    ['WR_SECRET_FILE', `/no/such/${CANARY}`],
    ['WR_CONFIG', `/no/such/${CANARY}`],
  ])('%s=%s', async (name, value) => {
    const { code, output } = await failToStart({ [name]: value })
    expect(code).toBe(1)
    expect(output).toContain(name)
    expect(output).not.toContain(CANARY)
    expect(output).not.toMatch(/ {4}at /)
    expect(output.trim().split('\n')).toHaveLength(1)
  })

  test('a shortest time to live above the longest', async () => {
    const { code, output } = await failToStart({ WR_TTL_MIN: '100', WR_TTL_MAX: '50' })
    expect(code).toBe(1)
    expect(output).toContain('WR_TTL_MIN')
  })

  test('several mistakes at once are all told', async () => {
    const { code, output } = await failToStart({ WR_TTL_MAX: '5m', WR_LINGER: CANARY, WR_NO_SUCH_THING: '1' })
    expect(code).toBe(1)
    expect(output).toContain('3 settings are wrong')
    for (const name of ['WR_TTL_MAX', 'WR_LINGER', 'WR_NO_SUCH_THING']) expect(output).toContain(`  ${name} `)
    expect(output).not.toContain(CANARY)
  })

  test('an address that is not this machine’s', async () => {
    const { code, output } = await failToStart({ HOST: '192.0.2.1' })
    expect(code).toBe(1)
    expect(output).toContain('HOST')
  })
})
