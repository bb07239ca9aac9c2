import { expect, test } from 'vitest'
import { deployUnderLoad } from '../support/deploy.ts'
import { startGateway } from '../support/gateway.ts'
import { enter, newRoom, say } from '../support/member.ts'
import { connect, HandshakeRefused } from '../support/raw-client.ts'
import { joinedSocket, openRawSocket } from '../support/raw-socket.ts'
import { scrape } from '../support/scrape.ts'

test('P12 who talks while the only gateway is replaced loses nothing, sees nothing twice, and is told the truth', async () => {
  const { acknowledged, underWay, endedMs, ...rest } = await deployUnderLoad({
    members: 200,
    rooms: 10,
    everyMs: 5,
    talkMs: 1_000,
  })
  expect(acknowledged).toBeGreaterThan(100)
  expect(underWay).toBeGreaterThanOrEqual(0)
  expect(endedMs).toBeLessThan(20_000)
  expect(rest).toEqual({ exitCode: 0, undelivered: 0, shownTwice: 0, lost: 0, untold: 0 })
}, 120_000)

/** Whoever never answers its close keeps a gateway ending for two seconds. */
async function endingGateway(environment: Readonly<Record<string, string>> = {}) {
  const gateway = await startGateway(environment)
  const stubborn = await openRawSocket(gateway.url, newRoom())
  stubborn.pause()
  const member = await enter(gateway.url, newRoom())
  const ended = gateway.stop()
  expect((await member.client.closed).code).toBe(1012)
  return { gateway, stubborn, ended }
}

test('while it ends it is not ready and takes nobody in, and is alive', async () => {
  const { gateway, stubborn, ended } = await endingGateway()
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503)
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200)
  const refusal = await connect(gateway.url, newRoom()).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(HandshakeRefused)
  expect(refusal).toMatchObject({ status: 503, body: expect.stringContaining('server_full') })
  expect(await ended).toBe(0)
  stubborn.destroy()
})

test('asked a second time it ends at once', async () => {
  const { gateway, stubborn, ended } = await endingGateway()
  process.kill(gateway.pid, 'SIGTERM')
  expect(await ended).toBe(1)
  stubborn.destroy()
})

test('it ends when its time is over, whatever clients do', async () => {
  const { stubborn, ended } = await endingGateway({ WR_DRAIN_SECONDS: '1' })
  const began = performance.now()
  expect(await ended).toBe(0)
  expect(performance.now() - began).toBeLessThan(1_900)
  stubborn.destroy()
})

test('what was acknowledged reaches a member who reads late, before it is sent away', async () => {
  const token = 'a-token-for-metrics-alone'
  const gateway = await startGateway({ WR_METRICS_TOKEN: token, WR_ROOM_BYTES: String(2 ** 28) })
  const room = newRoom()
  const reader = await joinedSocket(gateway.url, room)
  reader.pause()
  const talker = await enter(gateway.url, room)
  const isLagging = async () =>
    (await scrape(`${gateway.url}/metrics`, token)).get('whisperrooms_lagging_members') === 1
  let said = 0
  for (let more = 0; more < 200; more = (await isLagging()) ? more + 100 : 0)
    for (let i = 0; i < 100; i++) await say(talker, `#${said++} `.padEnd(3_900, 'x'))
  const ended = gateway.stop()
  await talker.client.closed
  reader.resume()
  expect(await reader.closeCode()).toBe(1012)
  expect(reader.received.filter(({ payload }) => payload.includes('"type":"message"'))).toHaveLength(said)
  reader.destroy()
  expect(await ended).toBe(0)
})
