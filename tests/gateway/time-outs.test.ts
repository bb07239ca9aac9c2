import { CLOSE, comesBack, LIMITS } from '@whisperrooms/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { within } from '../support/inbox.ts'
import { enter, joinFrame, type Member, newRoom, ping, say } from '../support/member.ts'
import { connect } from '../support/raw-client.ts'
import { frameBytes, OPCODE, openRawSocket } from '../support/raw-socket.ts'

// What takes seconds by the protocol: all of it at the same time.

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const GRACE_AND_MORE_MS = LIMITS.graceMs + 5_000

const hasLeft = ({ client }: Member, member: Member) =>
  client.next('presence', ({ left }) => left?.includes(member.welcome.you.id) ?? false, GRACE_AND_MORE_MS)
const hasJoined = ({ client }: Member, member: Member) =>
  client.next('presence', ({ joined }) => joined?.some(({ id }) => id === member.welcome.you.id) ?? false)

describe.concurrent('five seconds to join', () => {
  test('whoever does not join within five seconds is told so and let go; whoever does in time stays', async () => {
    const silent = await connect(gateway.url, newRoom())
    const chatty = await connect(gateway.url, newRoom())
    chatty.send({ type: 'ping' })
    const member = await enter(gateway.url, newRoom())
    expect((await chatty.next('error')).code).toBe('join_first')
    expect(await silent.closed).toEqual({ code: CLOSE.joinTimeout, reason: 'join_first' })
    expect(await silent.next('error')).toMatchObject({ code: 'join_first' })
    expect((await chatty.closed).code).toBe(CLOSE.joinTimeout)
    expect(comesBack(CLOSE.joinTimeout)).toBe(true)
    await ping(member)
    await say(member, 'still here')
  })

  test('a join that comes after the time for it ran out gets nothing, and is nobody’s presence', async () => {
    const room = newRoom()
    const socket = await openRawSocket(gateway.url, room)
    expect(await socket.closeCode()).toBe(CLOSE.joinTimeout)
    socket.send(joinFrame({ create: {} }))
    const witness = await enter(gateway.url, room)
    socket.write(frameBytes(OPCODE.close, Buffer.from([0x03, 0xe8])))
    await within(socket.ended, 'the end of the connection')
    expect(witness.welcome.count).toBe(1)
    expect(socket.received.at(-1)?.opcode).toBe(OPCODE.close)
  })
})

describe.concurrent('ten seconds of grace: whoever loses the connection', () => {
  test.each(['drop', 'close'] as const)('has left after ten seconds of grace (%s)', async (how) => {
    const room = newRoom()
    const stays = await enter(gateway.url, room)
    const lost = await enter(gateway.url, room)
    await hasJoined(stays, lost)
    const since = performance.now()
    lost.client[how]()
    expect(await hasLeft(stays, lost)).toEqual({ type: 'presence', left: [lost.welcome.you.id], count: 1 })
    expect(performance.now() - since).toBeGreaterThan(LIMITS.graceMs - 100)
    expect((await enter(gateway.url, room)).welcome.count).toBe(2)
  })

  test('is still here within the grace, and never left when they come back in it', async () => {
    const room = newRoom()
    const stays = await enter(gateway.url, room)
    const lost = await enter(gateway.url, room)
    const leaver = await enter(gateway.url, room)
    lost.client.drop()
    // Another one's grace is the clock: it begins later, so when it is over the first one's would be too.
    const back = await enter(gateway.url, room, { session: lost.session })
    leaver.client.drop()
    expect(back.welcome.count).toBe(3)
    await hasLeft(stays, leaver)
    const left = stays.client.frames.flatMap((frame) => (frame.type === 'presence' ? (frame.left ?? []) : []))
    expect(left).toEqual([leaver.welcome.you.id])
    expect((await enter(gateway.url, room)).welcome.members).toContainEqual(lost.welcome.you)
  })
})
