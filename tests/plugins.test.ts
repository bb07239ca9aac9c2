import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import lookup from '../examples/plugins/src/lookup.ts'
import shout from '../examples/plugins/src/shout.ts'

/** What a stage makes of some texts. */
async function through(stage: Duplex, ...texts: string[]): Promise<unknown[]> {
  for (const text of texts)
    stage.write({ text, meta: {}, rejected: false, member: 'm', name: 'Ann', kind: 'listed', ttl: 60 })
  stage.end()
  return stage.toArray()
}

afterEach(() => {
  delete process.env['LOOKUP_URL']
})

test('shout says in capital letters what it is told to, and leaves the rest', async () => {
  const heard = await through(shout(), '/shout hello', 'hello', '/shout ', '/shout ﬃﬃﬃﬃﬃ')
  expect(heard).toMatchObject([{ text: 'HELLO' }, { text: 'hello' }, { text: '/shout ' }, { text: 'ﬃﬃﬃﬃﬃ' }])
})

test('lookup adds the title of a ticket, and passes on what the tracker does not know', async () => {
  const tracker = createServer((request, response) => {
    if (request.url === '/OPS-17') response.end('{"title":"Water in the cellar"}')
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(tracker, 'listening')
  process.env['LOOKUP_URL'] = `http://127.0.0.1:${(tracker.address() as AddressInfo).port}/`
  const heard = await through(lookup(), 'see OPS-17', 'see OPS-18', 'hello')
  expect(heard).toMatchObject([
    { text: 'see OPS-17', meta: { ticket: { id: 'OPS-17', title: 'Water in the cellar' } } },
    { text: 'see OPS-18', meta: {} },
    { text: 'hello', meta: {} },
  ])
  tracker.close()
})

test('lookup passes messages on when there is no tracker', async () => {
  expect(await through(lookup(), 'see OPS-17')).toMatchObject([{ text: 'see OPS-17', meta: {} }])
})
