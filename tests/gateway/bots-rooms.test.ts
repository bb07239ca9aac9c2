import { afterAll, beforeAll, expect, test } from 'vitest'
import { newToken } from '../support/bots.ts'
import { failToStart, startGateway, type TestGateway } from '../support/gateway.ts'
import { enter, newRoom } from '../support/member.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

interface Page {
  readonly rooms: readonly { readonly room: string; readonly count: number }[]
  readonly next?: string
}

async function page(query = ''): Promise<Page> {
  const response = await fetch(`${gateway.url}/api/rooms${query}`)
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('no-store')
  return JSON.parse(await response.text())
}

/** The list is made anew once a second: waits until it has what it should. */
async function pageWith(isSo: (found: Page) => boolean): Promise<Page> {
  for (let tries = 0; ; tries++) {
    const found = await page()
    if (isSo(found) || tries > 100) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('rooms that want to be listed are, with how many are in them, in pages; no others', async () => {
  const listed = [newRoom(), newRoom(), newRoom()].sort()
  const hidden = newRoom()
  await enter(gateway.url, hidden)
  for (const room of listed) await enter(gateway.url, room, { create: { listed: true, ttl: 60 } })
  await enter(gateway.url, listed[1] ?? '')
  const all = await pageWith(({ rooms }) => rooms.some(({ count }) => count === 2) && rooms.length === 3)
  expect(all).toEqual({
    rooms: listed.map((room, i) => ({ room, count: i === 1 ? 2 : 1, ttl: 60, locked: false, history: 'live' })),
  })
  const first = await page('?limit=2')
  expect(first.rooms.map(({ room }) => room)).toEqual(listed.slice(0, 2))
  expect(first.next).toBe(listed[1])
  const second = await page(`?limit=2&after=${first.next}`)
  expect(second).toEqual({ rooms: all.rooms.slice(2) })
})

test.each(['?limit=0', '?limit=101', '?limit=-1', '?limit=1e1', '?limit=1&limit=2', '?after=%20', '?after=a&after=b'])(
  'a page that cannot be is refused: %s',
  async (query) => {
    const response = await fetch(`${gateway.url}/api/rooms${query}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: expect.stringMatching(/^bad_(frame|room)$/) } })
  },
)

test('with WR_LISTING=off there is no list', async () => {
  const off = await startGateway({ WR_LISTING: 'off' })
  const response = await fetch(`${off.url}/api/rooms`)
  expect(response.status).toBe(404)
  expect(await response.json()).toEqual({ error: { code: 'not_found' } })
  await off.stop()
})

test('a gateway does not start with a token that is wrong, and does not repeat it', async () => {
  const entry = { name: 'canary', token: newToken().slice(0, 20), rooms: ['*'], rights: ['read'] }
  const { code, output } = await failToStart({ WR_BOT_TOKENS: JSON.stringify([entry]) })
  expect(code).toBe(1)
  expect(output).toContain('WR_BOT_TOKENS entry 1: token must be')
  expect(output).not.toContain('canary')
  expect(output).not.toContain(entry.token)
})
