import { describe, expect, test } from 'vitest'
import { type Guest, guest, send } from '../testing/guest.ts'
import { manualTime } from '../testing/manual-time.ts'
import { pretendedTokens, tokenOf } from '../testing/pretended-tokens.ts'
import { OWNER, ownerHashOf } from '../testing/several-gateways.ts'
import { sharedLog } from '../testing/shared-log.ts'
import { type TestGateway, testGateway } from '../testing/test-gateway.ts'
import { Heartbeat } from './heartbeat.ts'

const guarded = () => testGateway({ tokens: pretendedTokens })

const enter = (gateway: TestGateway, name: string, claims: Parameters<typeof tokenOf>[0] = {}, join: object = {}) =>
  guest(gateway, 'tea', name, { token: tokenOf(claims), ...join })

const fates = ({ socket, errors }: Guest) => [errors(), socket.closedWith?.code]

describe('at the door', () => {
  test.each<[string, string | undefined, string, number]>([
    ['no token', undefined, 'bad_token', 4507],
    ['a bad token', 'canary', 'bad_token', 4507],
    ['a token for another room', tokenOf({ room: 'coffee' }), 'bad_token', 4507],
    ['an expired token', tokenOf({ expiresMs: 0 }), 'expired_token', 4508],
    ['a token that cannot be judged now', 'away', 'auth_unavailable', 1013],
  ])('%s: refused, and the room is not made', async (_, token, code, close) => {
    const gateway = await guarded()
    const ada = await guest(gateway, 'tea', 'Ada', token === undefined ? {} : { token })
    expect(fates(ada)).toEqual([[code], close])
    const bob = await guest(gateway, 'tea', 'Bob', { token: tokenOf(), create: undefined })
    expect(fates(bob)).toEqual([['no_such_room'], 4503])
  })

  test('a token lets in, and the welcome says that tokens are asked for', async () => {
    const ada = await enter(await guarded(), 'Ada')
    expect(ada.welcome()).toMatchObject({
      features: expect.arrayContaining(['auth']),
      you: { name: 'Ada', role: 'member' },
    })
  })

  test('where nobody needs a token none is looked at', async () => {
    const ada = await guest(await testGateway(), 'tea', 'Ada', { token: 'canary' })
    expect(ada.welcome().features).not.toContain('auth')
    ada.say({ type: 'auth', token: 'canary', re: 'a' })
    expect(ada.of('error')).toMatchObject([{ code: 'not_supported', re: 'a' }])
  })

  test('the name of the token is the only one: neither join nor rename give another', async () => {
    const gateway = await guarded()
    const ada = await enter(gateway, 'Zed', { name: 'Ada' }, { name: '\u202e' })
    expect(ada.welcome().you.name).toBe('Ada')
    ada.say({ type: 'rename', name: 'Bob', re: 'n' })
    expect(ada.of('error')).toMatchObject([{ code: 'not_allowed', re: 'n' }])
    const bob = await enter(gateway, 'Bob')
    bob.say({ type: 'rename', name: 'Rob' })
    await gateway.time.advance(1_000)
    expect(bob.errors()).toEqual([])
    expect((await enter(gateway, 'Cy')).welcome().members.map(({ name }) => name)).toEqual(['Ada', 'Rob', 'Cy'])
  })

  test('a ticket of one subject is worth nothing to another one with the same session', async () => {
    const gateway = await guarded()
    const ada = await enter(gateway, 'Ada', {}, { create: { history: 'none' } })
    ada.say(send('for Ada'))
    await gateway.time.settle()
    const { ticket } = ada.welcome()
    const again = await enter(gateway, 'Ada', {}, { ticket })
    expect(again.texts()).toEqual(['for Ada'])
    const other = await enter(gateway, 'Ada', { subject: 'eve-eve-eve-eve-' }, { ticket })
    expect(other.texts()).toEqual([])
  })
})

describe('a role of the token', () => {
  test('owner: changes the room without its secret, also when it has been handed over', async () => {
    const gateway = await guarded()
    const { time } = gateway
    const ada = await enter(gateway, 'Ada', { role: 'owner' }, { owner: 'x'.repeat(22) })
    const bob = await enter(gateway, 'Bob')
    expect(ada.welcome().you.role).toBe('owner')
    ada.say({ type: 'set', ownerHash: ownerHashOf('tea') })
    ada.say({ type: 'set', ttl: 7, locked: true })
    await time.settle()
    expect(bob.of('room')).toMatchObject([{ ownerHash: ownerHashOf('tea') }, { ttl: 7, locked: true }])
    expect(ada.errors()).toEqual([])
    // A lock keeps no owner out.
    expect((await enter(gateway, 'Olga', { role: 'owner' })).welcome().you.role).toBe('owner')
    expect(fates(await enter(gateway, 'Cy'))).toEqual([['room_locked'], 4505])
    expect((await enter(gateway, 'Dee', {}, { owner: OWNER })).welcome().you.role).toBe('owner')
  })

  test('owner: is one at every gateway, whichever let them in', async () => {
    const time = manualTime()
    const log = sharedLog(time)
    const open = () => testGateway({ tokens: pretendedTokens, shared: { time, bus: log.open() } })
    const [one, other] = [await open(), await open()]
    const bob = await enter(one, 'Bob', {}, { create: { ownerHash: ownerHashOf('tea') } })
    const ada = await enter(other, 'Ada', { role: 'owner' })
    bob.say({ type: 'set', ttl: 9 })
    ada.say({ type: 'set', ttl: 7 })
    await time.advance(1_000)
    expect(bob.errors()).toEqual(['not_allowed'])
    for (const { of } of [ada, bob]) expect(of('room')).toMatchObject([{ ttl: 7 }])
  })

  test('reader: hears, and neither speaks nor makes rooms nor becomes the owner', async () => {
    const gateway = await guarded()
    const early = await enter(gateway, 'Ron', { role: 'reader' })
    expect(fates(early)).toEqual([['no_such_room'], 4503])
    const ada = await enter(gateway, 'Ada', {}, { create: { ownerHash: ownerHashOf('tea') }, owner: OWNER })
    const ron = await enter(gateway, 'Ron', { role: 'reader' }, { owner: OWNER })
    expect([ada.welcome().you.role, ron.welcome().you.role]).toEqual(['owner', 'reader'])
    ron.say(send('psst'))
    ron.say({ type: 'burn' })
    ada.say(send('hello'))
    await gateway.time.settle()
    expect([ron.errors(), ron.texts()]).toEqual([['not_allowed', 'not_allowed'], ['hello']])
  })
})

describe('the end of a token', () => {
  async function looked(expiresMs: number) {
    const gateway = await guarded()
    const heartbeat = new Heartbeat(gateway.time.clock, gateway.time.scheduler)
    const ada = await enter(gateway, 'Ada', { expiresMs })
    const bob = await enter(gateway, 'Bob')
    for (const { session } of [ada, bob]) heartbeat.add(session.connection)
    return { gateway, time: gateway.time, ada, bob }
  }

  test('ends the stay within 5 s and not before; who comes back with another token has not left', async () => {
    const { gateway, time, ada, bob } = await looked(30_000)
    for (const guest of [ada, bob]) guest.socket.bytesRead++
    await time.advance(29_900)
    expect(fates(ada)).toEqual([[], undefined])
    await time.advance(5_000)
    expect(fates(ada)).toEqual([['expired_token'], 4006])
    const back = await enter(gateway, 'Ada', {}, { ticket: ada.welcome().ticket })
    expect(back.welcome().you.id).toBe(ada.welcome().you.id)
    await time.advance(20_000)
    expect(bob.of('presence').some(({ left }) => left !== undefined)).toBe(false)
    expect(fates(bob)).toEqual([[], undefined])
  })

  test('is put off by another one of the same subject', async () => {
    const { time, ada } = await looked(10_000)
    ada.say({ type: 'auth', token: tokenOf({ expiresMs: 20_000 }) })
    await time.advance(19_000)
    expect(fates(ada)).toEqual([[], undefined])
    await time.advance(6_000)
    expect(fates(ada)).toEqual([['expired_token'], 4006])
  })

  test.each<[string, string, string]>([
    ['of another subject', tokenOf({ subject: 'eve-eve-eve-eve-' }), 'bad_token'],
    ['for another room', tokenOf({ room: 'coffee' }), 'bad_token'],
    ['that has expired', tokenOf({ expiresMs: 0 }), 'expired_token'],
    ['that cannot be judged now', 'away', 'auth_unavailable'],
  ])('is not put off by one %s: an error, and the old one goes on until then', async (_, token, code) => {
    const { time, ada } = await looked(10_000)
    ada.say({ type: 'auth', re: 'a', token })
    ada.say(send('still here'))
    await time.advance(9_000)
    expect(ada.of('error')).toMatchObject([{ code, re: 'a' }])
    expect([ada.texts(), ada.socket.closedWith]).toEqual([['still here'], undefined])
    await time.advance(6_000)
    expect(fates(ada)).toEqual([[code, 'expired_token'], 4006])
  })
})

test('a token with another role or name counts from there on, and everybody sees it', async () => {
  const gateway = await guarded()
  const { time } = gateway
  const ada = await enter(gateway, 'Ada')
  const bob = await enter(gateway, 'Bob')
  await time.advance(1_000)
  ada.say({ type: 'burn', re: 'early' })
  ada.say({ type: 'auth', token: tokenOf({ role: 'owner', name: 'Countess' }) })
  ada.say({ type: 'burn' })
  await time.advance(1_000)
  expect(ada.of('error')).toMatchObject([{ code: 'not_allowed', re: 'early' }])
  const { id } = ada.welcome().you
  expect(bob.of('removed')).toMatchObject([{ reason: 'burned', by: id }])
  expect(bob.of('presence').at(-1)?.changed).toEqual([{ id, name: 'Countess', role: 'owner' }])
  ada.say({ type: 'auth', token: tokenOf({ role: 'reader' }) })
  ada.say(send('no more'))
  await time.advance(1_000)
  expect([ada.errors(), bob.texts()]).toEqual([['not_allowed', 'not_allowed'], []])
})
