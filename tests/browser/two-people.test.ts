import type { MessageFrame } from '@whisperrooms/protocol'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, hear, type Member, newRoom, ping } from '../support/member.ts'
import {
  comeToTheDoor,
  follow,
  goIn,
  hasBrowser,
  mistakes,
  openBrowser,
  startRoom,
  type Visitor,
  visit,
} from './chromium.ts'

/** Short enough to see messages vanish, long enough to see them before, also on a busy machine. */
const TTL_SECONDS = 8
/** What a screen may be late by, in milliseconds: see P5. */
const LATE_MS = 1_000
/** What two clocks of this machine that count the same may differ by, in milliseconds. */
const CLOCKS_DIFFER_MS = 20

let browser: Browser
let gateway: TestGateway
let ada: Visitor
let mira: Visitor

/** Somebody in a new room whose messages live shorter than the page offers, who hears to the millisecond how long. */
async function witnessOfShortLives(): Promise<{ witness: Member; link: string }> {
  const room = newRoom()
  const witness = await enter(gateway.url, room, { create: { ttl: TTL_SECONDS } })
  return { witness, link: `${gateway.url}/r/${room}` }
}

/** The gateway's time, as it is when this machine's clock shows `wallMs`. Right to within half of the fastest round trip. */
async function gatewayTime(witness: Member): Promise<(wallMs: number) => number> {
  let best = { doubtMs: Number.POSITIVE_INFINITY, aheadMs: 0 }
  for (let i = 0; i < 20; i++) {
    const sent = Date.now()
    const { now } = await ping(witness)
    const doubtMs = (Date.now() - sent) / 2
    if (doubtMs < best.doubtMs) best = { doubtMs, aheadMs: now - (sent + doubtMs) }
  }
  return (wallMs) => wallMs + best.aheadMs
}

describe.runIf(hasBrowser())('in a browser', () => {
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser.close())

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

  test('an owner mutes somebody, lets them speak again, and removes them for good', async () => {
    const link = await startRoom(ada, gateway.url, 'Ada')
    await follow(mira, link, 'Mira')
    const decide = async (choice: string) => {
      await ada.page.getByRole('button', { name: 'Decide about Mira' }).click()
      await ada.page.getByRole('dialog').getByRole('button', { name: choice, exact: true }).click()
    }
    const field = mira.page.getByRole('textbox', { name: 'Message' })
    await decide('Mute')
    await ada.page.getByText('muted', { exact: true }).waitFor()
    await mira.page.getByPlaceholder('You may read here, not write').waitFor()
    await decide('Let them speak again')
    await mira.page.getByPlaceholder('You may read here, not write').waitFor({ state: 'detached' })
    await field.fill('Thank you')
    await mira.page.getByRole('button', { name: 'Send', exact: true }).click()
    await ada.sees('Thank you')
    // Where the list is a sheet, it stays open behind what one decides in it.
    await ada.page.setViewportSize({ width: 390, height: 800 })
    await ada.page.getByRole('button', { name: 'Here now: 2 people' }).click()
    const sheet = ada.page.getByRole('dialog', { name: /Here now/ })
    await sheet.getByRole('button', { name: 'Decide about Mira' }).click()
    await ada.page.getByRole('button', { name: 'Let them only read' }).click()
    await sheet.getByText('reads only').waitFor()
    await ada.page.keyboard.press('Escape')
    await sheet.waitFor({ state: 'hidden' })
    await ada.page.setViewportSize({ width: 1200, height: 800 })
    await decide('Remove from the room')
    await ada.page.getByRole('button', { name: 'Remove and lock' }).click()
    await mira.page.getByRole('heading', { name: 'You were removed from this room' }).waitFor()
    await ada.page.getByText('Nobody else is here yet.').waitFor()
    await mira.page.reload()
    await mira.page.getByRole('heading', { name: 'You were removed from this room' }).waitFor()
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
    const { witness, link } = await witnessOfShortLives()
    const toGatewayTime = await gatewayTime(witness)
    async function expectGoneOnTime(visitor: Visitor, { text, expires }: MessageFrame): Promise<void> {
      const left = toGatewayTime(await visitor.seesNoMore(text))
      expect(left - expires).toBeGreaterThan(-CLOCKS_DIFFER_MS)
      expect(left - expires).toBeLessThan(LATE_MS)
    }

    await follow(ada, link, 'Ada')
    await follow(mira, link, 'Mira')
    const jun = await visit(browser)
    await comeToTheDoor(jun, link, 'Jun')
    await ada.say('soon gone')
    await Promise.all([ada.sees('soon gone'), mira.sees('soon gone')])
    const gone = await hear(witness, 'soon gone')
    expect(gone.expires - gone.at).toBe(TTL_SECONDS * 1_000)
    await Promise.all([ada, mira].map((visitor) => expectGoneOnTime(visitor, gone)))

    await ada.say('still here')
    const alive = await hear(witness, 'still here')
    await goIn(jun)
    await jun.sees('still here')
    expect(await jun.texts()).toEqual(['still here'])
    await Promise.all([ada, mira, jun].map((visitor) => expectGoneOnTime(visitor, alive)))
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
})
