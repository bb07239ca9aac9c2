import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, newRoom } from '../support/member.ts'
import { follow, mistakes, openBrowser, startRoom, type Visitor, visit } from './chromium.ts'

/** Short enough to see messages vanish, long enough to see them before. */
const TTL_SECONDS = 5
/** What a screen may be late by, in milliseconds: see P5. */
const LATE_MS = 1_000

let browser: Browser
let gateway: TestGateway
let ada: Visitor
let mira: Visitor

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

/** A room whose messages live shorter than the page offers. @returns its link. */
async function shortLivedRoom(): Promise<string> {
  const room = newRoom()
  const { client } = await enter(gateway.url, room, { create: { ttl: TTL_SECONDS } })
  client.send({ type: 'leave' })
  await client.closed
  return `${gateway.url}/r/${room}`
}

beforeEach(async () => {
  mistakes.length = 0
  gateway = await startGateway()
  ada = await visit(browser)
  mira = await visit(browser)
})
afterEach(async () => {
  await Promise.all([ada.context.close(), mira.context.close()])
  await gateway.stop()
  expect(mistakes).toEqual([])
})

test('two people talk, and see who is there', async () => {
  const link = await startRoom(ada, gateway.url, 'Ada')
  await follow(mira, link, 'Mira')
  await ada.say('Hello, who is there?')
  await mira.sees('Hello, who is there?')
  await mira.say('It is me')
  await ada.sees('It is me')
  for (const visitor of [ada, mira]) expect(await visitor.texts()).toEqual(['Hello, who is there?', 'It is me'])
  for (const { page } of [ada, mira]) {
    const here = page.getByRole('complementary').filter({ hasText: 'Here now' })
    await here.getByText('Ada').waitFor()
    await here.getByText('Mira').waitFor()
  }
})

test('P5 a message leaves both screens on time, and a third sees only what is alive, for the time it has left', async () => {
  const link = await shortLivedRoom()
  await follow(ada, link, 'Ada')
  await follow(mira, link, 'Mira')
  await ada.say('soon gone')
  await Promise.all([ada.sees('soon gone'), mira.sees('soon gone')])
  const seen = performance.now()
  await Promise.all(
    [ada, mira].map(async (visitor) => {
      await visitor.seesNoMore('soon gone')
      const lived = performance.now() - seen
      expect(lived).toBeLessThan(TTL_SECONDS * 1_000 + LATE_MS)
      expect(lived).toBeGreaterThan(TTL_SECONDS * 1_000 - LATE_MS)
    }),
  )
  await ada.say('still here')
  await ada.sees('still here')
  const said = performance.now()
  const jun = await visit(browser)
  await follow(jun, link, 'Jun')
  await jun.sees('still here')
  expect(await jun.texts()).toEqual(['still here'])
  await jun.seesNoMore('still here')
  expect(performance.now() - said).toBeLessThan(TTL_SECONDS * 1_000 + LATE_MS)
  await jun.context.close()
})

test('a reload is the same person, with what is alive and nothing kept in the browser', async () => {
  const link = await startRoom(ada, gateway.url, 'Ada')
  await follow(mira, link, 'Mira')
  await mira.say('canary of Mira')
  await mira.sees('canary of Mira')
  await mira.page.reload()
  await mira.sees('canary of Mira')
  await ada.page.getByText('Here now · 2').waitFor()
  // One's own messages are those with an action to remove them: so the gateway knows who this is.
  const own = mira.messages.filter({ hasText: 'canary of Mira' })
  await own.hover()
  await own.getByRole('button', { name: 'Unsend' }).click()
  await ada.seesNoMore('canary of Mira')
  await mira.say('second canary')
  await ada.sees('second canary')
  const kept = await mira.page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, document.title, location.href]),
  )
  expect(kept).not.toContain('canary')
})

test('P1 P10 the gateway is killed and started again: both come back by themselves, and what was typed arrives once, in order', async () => {
  const { port } = gateway
  const link = await startRoom(ada, gateway.url, 'Ada')
  await follow(mira, link, 'Mira')
  await ada.say('before')
  await mira.sees('before')
  await gateway.kill()
  for (const text of ['first typed meanwhile', 'second typed meanwhile', 'third typed meanwhile']) await ada.say(text)
  await ada.sees('third typed meanwhile')
  await mira.page
    .getByRole('status')
    .filter({ hasText: /reconnect|tries again|connect/i })
    .first()
    .waitFor()
  gateway = await startGateway({ PORT: String(port) })
  await mira.sees('third typed meanwhile')
  const expected = ['before', 'first typed meanwhile', 'second typed meanwhile', 'third typed meanwhile']
  expect(await mira.texts()).toEqual(expected)
  // A restart of a bus in memory loses what nobody saw: the page says that it cannot know.
  await mira.page.getByText('Some messages may have vanished while you were away').waitFor()
  // What is in the log has a place in it; what only waits to be sent has none.
  await ada.page.locator('article[data-offset]', { hasText: 'third typed meanwhile' }).waitFor()
  expect(await ada.texts()).toEqual(expected)
})
