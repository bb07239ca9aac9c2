import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'
import { inject } from 'vitest'
import { PATIENCE_MS } from '../support/inbox.ts'

/** How long a message may be waited for to leave the screen, in milliseconds. */
const LIFE_MS = 20_000

/** Whether there is a browser for this machine; where there is none, that was said when the tests began. */
export const hasBrowser = (): boolean => inject('chromium') !== null

/** A browser from the npm package, with the system libraries that come with it. */
export async function openBrowser(): Promise<Browser> {
  const unpacked = inject('chromium')
  if (unpacked === null) throw new Error('there is no browser for this machine')
  const { executable, libraries } = unpacked
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
  /** Waits until a message is gone that was there. @returns when it left the screen, by this machine's clock. */
  seesNoMore(text: string): Promise<number>
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
  await page.addInitScript(watchMessages)
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
      await messages.filter({ hasText: text }).first().waitFor({ state: 'detached', timeout: LIFE_MS })
      return page.evaluate((gone) => window.leftAt?.get(gone) ?? Number.NaN, text)
    },
  }
}

declare global {
  interface Window {
    /** Texts of messages, and when they left the screen: a test that asks from outside may hear of it late. */
    leftAt?: Map<string, number>
  }
}

/** Runs in the page, before its own code. */
function watchMessages(): void {
  const leftAt = new Map<string, number>()
  window.leftAt = leftAt
  const observer = new MutationObserver((changes) => {
    for (const { removedNodes } of changes)
      for (const node of removedNodes) {
        if (!(node instanceof Element)) continue
        const articles = node.matches('article') ? [node] : node.querySelectorAll('article')
        for (const article of articles) leftAt.set(article.querySelector('p')?.textContent ?? '', Date.now())
      }
  })
  observer.observe(document, { childList: true, subtree: true })
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

/** Follows a link to a room's door, and says who it is. */
export async function comeToTheDoor({ page }: Visitor, link: string, name: string): Promise<void> {
  await page.goto(link)
  await page.getByRole('textbox', { name: 'Your name in the room' }).fill(name)
}

/** Follows a link into a room. */
export async function follow(visitor: Visitor, link: string, name: string): Promise<void> {
  await comeToTheDoor(visitor, link, name)
  await goIn(visitor)
}

/** Enters the room at whose door the visitor is. */
export async function goIn({ page }: Visitor): Promise<void> {
  await page.getByRole('button', { name: 'Enter' }).click()
  await page.getByRole('textbox', { name: 'Message' }).waitFor()
}
