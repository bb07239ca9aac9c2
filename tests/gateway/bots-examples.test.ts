import { afterAll, beforeAll, expect, test } from 'vitest'
import { newToken } from '../support/bots.ts'
import { runExample } from '../support/example.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { within } from '../support/inbox.ts'
import { enter, hear, newRoom, say } from '../support/member.ts'

const BOT = { name: 'Builds', token: newToken(), rooms: ['*'], rights: ['read', 'post', 'create'] }

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ WR_BOT_TOKENS: JSON.stringify([BOT]) })
})
afterAll(() => gateway.stop())

const settings = (room: string) => ({ WR_URL: gateway.url, ROOM: room, BOT_TOKEN: BOT.token })

test('examples/webhook says a line as it is, and prints that it is said', async () => {
  const room = newRoom()
  const ada = await enter(gateway.url, room)
  const text = 'green\t"quoted" \\ back\nsecond line, ünïcode 🎉 $HOME `id`'
  const script = runExample('webhook/post.sh', settings(room), text)
  expect(await script.hear(/"type":"ack"/)).toContain('"expires"')
  expect(await within(script.exited, 'the end of the script')).toBe(0)
  expect((await hear(ada, text)).from.name).toBe('Builds')
})

test('examples/webhook fails and says why when it is refused', async () => {
  const script = runExample('webhook/post.sh', { ...settings(newRoom()), BOT_TOKEN: newToken() }, 'hello')
  await script.hear(/"code":"bad_token"/)
  expect(await within(script.exited, 'the end of the script')).not.toBe(0)
})

test('examples/sse-bot prints what it hears, and gives up where it may not listen', async () => {
  const room = newRoom()
  const ada = await enter(gateway.url, room, { name: 'Ada' })
  const bot = runExample('sse-bot/src/main.ts', settings(room))
  await bot.told(/^listening$/)
  await say(ada, 'can you hear me?')
  const line = await bot.hear(/can you hear me/)
  expect(JSON.parse(line)).toMatchObject({ event: 'message', data: { from: { name: 'Ada' } } })
  await bot.kill()
  const stranger = runExample('sse-bot/src/main.ts', { ...settings(room), BOT_TOKEN: newToken() })
  await stranger.told(/^refused with 401$/)
  expect(await within(stranger.exited, 'its end')).toBe(1)
})

test('examples/sdk-bot rolls dice for who asks', async () => {
  const room = newRoom()
  const ada = await enter(gateway.url, room, { name: 'Ada' })
  const bot = runExample('sdk-bot/src/main.ts', { WR_URL: gateway.url, ROOM: room })
  await ada.client.next('presence', ({ joined }) => joined?.some(({ name }) => name === 'Dice') === true)
  const { target } = await say(ada, '!roll 20')
  const answer = await ada.client.next('message', ({ from }) => from.name === 'Dice')
  expect(answer.text).toMatch(/^Ada rolls \d+ of 20$/)
  expect(answer.replyTo).toBe(target)
  await bot.kill()
})
