import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { CANARY } from '../support/canary.ts'
import { startGateway } from '../support/gateway.ts'
import { enter, hear, joinFrame, newRoom, placeOf, say, sendFrame } from '../support/member.ts'
import { connect } from '../support/raw-client.ts'

const loaded = (...files: readonly string[]) => ({
  NODE_OPTIONS: files
    .map((file) => `--import=${pathToFileURL(join(import.meta.dirname, '../support', file)).href}`)
    .join(' '),
})

interface PrintedSpan {
  readonly span: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly hasParent: boolean
  readonly seconds: number
}

/** The lines that the process printed for a test, those of its log left out. */
function printed<T extends object>(output: string, field: string): T[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith(`{"${field}"`))
    .map((line) => JSON.parse(line))
}

test('an SDK that is loaded is told of joins, messages, take-ups and the end, and of no text, name, room or member', async () => {
  const gateway = await startGateway(loaded('print-spans.ts'))
  const room = newRoom()
  const ada = await enter(gateway.url, room, { name: CANARY })
  const bob = await enter(gateway.url, room)
  await say(ada, CANARY)
  await hear(bob, CANARY)
  const place = await placeOf(bob)
  bob.client.drop()
  const { key } = await say(ada, 'while he is away')
  const empty = sendFrame({ text: '' })
  ada.client.send(empty)
  expect(await ada.client.answer(empty.key)).toMatchObject({ code: 'empty_text' })
  const back = await enter(gateway.url, room, { session: bob.session, ...place })
  const stranger = await connect(gateway.url, newRoom())
  stranger.send(joinFrame())
  expect(await stranger.next('error')).toMatchObject({ code: 'no_such_room' })
  expect(await gateway.stop()).toBe(0)

  const spans = printed<PrintedSpan>(gateway.output(), 'span')
  const of = (name: string) => spans.filter(({ span }) => span === `whisperrooms.${name}`).map((one) => one.attributes)
  const bytes = expect.any(Number)
  expect(of('take_up')).toEqual([{ 'whisperrooms.shard': 0, 'whisperrooms.outcome': 'ok' }])
  expect(of('message')).toEqual([
    { 'whisperrooms.bytes': bytes, 'whisperrooms.outcome': 'ok' },
    { 'whisperrooms.bytes': bytes, 'whisperrooms.outcome': 'ok' },
    { 'whisperrooms.bytes': bytes, 'whisperrooms.outcome': 'empty_text' },
  ])
  const entered = { 'whisperrooms.outcome': 'ok', 'whisperrooms.recovered': false, 'whisperrooms.replayed': 0 }
  expect(of('join')).toEqual([
    entered,
    entered,
    { ...entered, 'whisperrooms.recovered': true, 'whisperrooms.replayed': 1 },
    { 'whisperrooms.outcome': 'no_such_room' },
  ])
  // Of those who have gone the gateway may not know it yet.
  expect(of('drain')).toEqual([{ 'whisperrooms.connections': expect.any(Number), 'whisperrooms.outcome': 'ok' }])
  expect(of('drain')[0]?.['whisperrooms.connections']).toBeGreaterThanOrEqual(2)
  expect(spans).toHaveLength(9)
  expect(spans.filter(({ hasParent, seconds }) => hasParent || seconds < 0 || seconds > 30)).toEqual([])

  const secrets = [CANARY, room, key, ada.session, ada.welcome.you.id, bob.welcome.you.id, place.ticket]
  for (const secret of secrets) expect(JSON.stringify(spans)).not.toContain(secret)
  expect(back.replayed).toHaveLength(1)
})

test('without an SDK nothing of OpenTelemetry is loaded', async () => {
  const loadedBy = async (...files: readonly string[]) => {
    const gateway = await startGateway(loaded('print-modules.ts', ...files))
    await say(await enter(gateway.url, newRoom()), 'hello')
    await gateway.stop()
    const [counted] = printed<{ openTelemetryModules: number }>(gateway.output(), 'openTelemetryModules')
    return counted?.openTelemetryModules
  }
  expect(await loadedBy()).toBe(0)
  expect(await loadedBy('print-spans.ts')).toBeGreaterThan(0)
})
