import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'
import { inject } from 'vitest'
import { PATIENCE_MS } from '../support/inbox.ts'

/** A browser from the npm package, with the system libraries that come with it. */
export async function openBrowser(): Promise<Browser> {
  const { executable, libraries } = inject('chromium')
  return chromium.launch({
    executablePath: executable,
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })
}

/** One person with a browser of their own. */
export interface Visitor {
  readonly context: BrowserContext
  readonly page: Page
  readonly messages: Locator
  /** The texts on the screen, from old to new. */
  texts(): Promise<string[]>
  say(text: string): Promise<void>
  sees(text: string): Promise<void>
  seesNoMore(text: string): Promise<void>
}

/** What the page's own mistakes are collected in: an error on any page fails the test that asks. */
export const mistakes: string[] = []

export async function visit(browser: Browser): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } })
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  page.on('pageerror', (error) => mistakes.push(error.message))
  page.on('console', (line) => {
    // A browser reports every connection it could not make; these tests take the gateway away.
    if (line.type() === 'error' && !/ERR_CONNECTION_REFUSED|WebSocket connection/.test(line.text()))
      mistakes.push(line.text())
  })
  const messages = page.getByRole('log').getByRole('article')
  return {
    context,
    page,
    messages,
    texts: () => messages.locator('p').allTextContents(),
    async say(text) {
      await page.getByRole('textbox', { name: 'Message' }).fill(text)
      await page.getByRole('button', { name: 'Send', exact: true }).click()
    },
    async sees(text) {
      await messages.filter({ hasText: text }).first().waitFor({ state: 'visible' })
    },
    async seesNoMore(text) {
      await messages.filter({ hasText: text }).first().waitFor({ state: 'detached' })
    },
  }
}

/** Starts a private room from the home page. @returns its link. */
export async function startRoom({ page }: Visitor, url: string, name: string): Promise<string> {
  await page.goto(url)
  await page.getByRole('textbox', { name: 'Your name in the room' }).fill(name)
  await page.getByRole('button', { name: 'Start a private room' }).click()
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  return page.url()
}

/** Follows a link into a room. */
export async function follow({ page }: Visitor, link: string, name: string): Promise<void> {
  await page.goto(link)
  await page.getByRole('textbox', { name: 'Your name in the room' }).fill(name)
  await page.getByRole('button', { name: 'Enter' }).click()
  await page.getByRole('textbox', { name: 'Message' }).waitFor()
}
