import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { hasBrowser, openBrowser, visit } from './chromium.ts'

const CONTACT = 'mailto:abuse@chat.example'

describe.runIf(hasBrowser())('in a browser', () => {
  let browser: Browser
  let gateway: TestGateway
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser.close())

  test('the home page says where abuse can be reported', async () => {
    gateway = await startGateway({ WR_ABUSE_CONTACT: CONTACT })
    const { page } = await visit(browser)
    await page.goto(gateway.url)
    const link = page.getByRole('link', { name: 'Report abuse' })
    await link.waitFor()
    expect(await link.getAttribute('href')).toBe(CONTACT)
    await gateway.stop()
  })

  test('where the operator names no place the page names none', async () => {
    gateway = await startGateway()
    const { page } = await visit(browser)
    const answered = page.waitForResponse((response) => response.url().endsWith('/api/limits'))
    await page.goto(gateway.url)
    await (await answered).finished()
    expect(await page.getByRole('link', { name: 'Report abuse' }).count()).toBe(0)
    await gateway.stop()
  })
})
