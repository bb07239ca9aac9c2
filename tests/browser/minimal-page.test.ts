import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, hear, newRoom, say } from '../support/member.ts'
import { hasBrowser, openBrowser } from './chromium.ts'

const PAGE = join(import.meta.dirname, '../../examples/minimal-page/index.html')

describe.runIf(hasBrowser())('examples/minimal-page', () => {
  let files: Server
  let gateway: TestGateway
  let origin: string
  beforeAll(async () => {
    files = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8').end(readFileSync(PAGE))
    }).listen(0, 'localhost')
    await once(files, 'listening')
    origin = `http://localhost:${(files.address() as AddressInfo).port}`
    gateway = await startGateway({ WR_ORIGINS: origin })
  })
  afterAll(async () => {
    files.close()
    await gateway.stop()
  })

  test('shows what is said, says what is typed, and takes messages off in time', async () => {
    const browser = await openBrowser()
    try {
      const room = newRoom()
      const ada = await enter(gateway.url, room, { name: 'Ada' })
      const page = await browser.newPage()
      await page.goto(`${origin}/?gateway=${gateway.url}&room=${room}&name=Bob`)
      const message = (text: string) => page.getByRole('listitem').filter({ hasText: text })
      await say(ada, { text: 'soup?', ttl: 3 })
      await message('Ada: soup?').waitFor()
      await page.getByRole('textbox', { name: 'Message' }).fill('salad')
      await page.getByRole('button', { name: 'Send' }).click()
      expect((await hear(ada, 'salad')).from.name).toBe('Bob')
      await message('Bob: salad').waitFor()
      await message('soup?').waitFor({ state: 'detached' })
      const { target } = await say(ada, 'never mind')
      await message('never mind').waitFor()
      ada.client.send({ type: 'unsend', target })
      await message('never mind').waitFor({ state: 'detached' })
    } finally {
      await browser.close()
    }
  })
})
