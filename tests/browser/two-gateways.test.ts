import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kafkaOrSkip, startBroker, type TestBroker } from '../support/broker.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { follow, hasBrowser, mistakes, openBrowser, startRoom, visit } from './chromium.ts'

const SECRET = 'what both gateways know and nobody else'

describe.runIf(hasBrowser() && (await kafkaOrSkip()))('in browsers, at two gateways', () => {
  let browser: Browser
  let broker: TestBroker
  let one: TestGateway
  let other: TestGateway

  beforeAll(async () => {
    browser = await openBrowser()
    broker = await startBroker()
    const settings = { KAFKA_BROKERS: broker.brokers, WR_SECRET: SECRET }
    one = await startGateway(settings)
    other = await startGateway(settings)
  })
  afterAll(async () => {
    await Promise.all([one.kill(), other.kill(), browser.close()])
    await broker.stop()
  })

  test('two people talk and see each other; when one’s gateway is killed they talk on as soon as it is back, and nothing is lost', async () => {
    const ada = await visit(browser)
    const mira = await visit(browser)
    const link = await startRoom(ada, one.url, 'Ada')
    await follow(mira, link.replace(one.url, other.url), 'Mira')
    await ada.say('Hello over there')
    await mira.sees('Hello over there')
    for (const { page } of [ada, mira]) {
      const here = page.getByRole('complementary').filter({ hasText: 'Here now' })
      await here.getByText('Ada').waitFor()
      await here.getByText('Mira').waitFor()
    }
    await one.kill()
    await mira.say('Are you still there?')
    await mira.sees('Are you still there?')
    one = await startGateway({ KAFKA_BROKERS: broker.brokers, WR_SECRET: SECRET, PORT: String(one.port) })
    await ada.sees('Are you still there?')
    await ada.say('I am')
    await mira.sees('I am')
    for (const visitor of [ada, mira])
      expect(await visitor.texts()).toEqual(['Hello over there', 'Are you still there?', 'I am'])
    await Promise.all([ada.context.close(), mira.context.close()])
    // The socket that broke is on the console, and nothing else.
    expect(mistakes.filter((mistake) => !/WebSocket|ERR_CONNECTION/.test(mistake))).toEqual([])
  })
})
