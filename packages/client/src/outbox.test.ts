import { CLOSE } from '@whisperrooms/protocol'
import { describe, expect, test } from 'vitest'
import { OUTBOX_ITEMS } from './create-outbox.ts'
import { echo, sentOn, textsOf, type Visit, visit } from './testing/room.ts'
import { settle, type TestSocket } from './testing/world.ts'
import type { ConnectOptions, OutboxItem } from './types.ts'

const textsSent = (socket: TestSocket) => sentOn(socket, 'send').map(({ text }) => text)
const refuse = (key: string | undefined, code: string, retryAfter?: number) => ({
  type: 'error',
  code,
  message: '',
  key,
  retryAfter,
})

interface Member extends Visit {
  readonly socket: TestSocket
  readonly returned: OutboxItem[]
  readonly outbox: () => readonly OutboxItem[]
  readonly states: () => string[]
  /** Loses the connection for `ms` and comes back. */
  readonly blink: (ms: number, live?: object) => TestSocket
}

function member(options: Partial<ConnectOptions> = {}): Member {
  const returned: OutboxItem[] = []
  const visitor = visit({ onReturned: (item) => returned.push(item), ...options })
  const outbox = () => visitor.room.getSnapshot().outbox
  return {
    ...visitor,
    socket: visitor.letIn(),
    returned,
    outbox,
    states: () => outbox().map(({ text, state }) => `${text}: ${state}`),
    blink(ms, live = {}) {
      visitor.world.socket().drop(1006)
      visitor.world.freeze(ms)
      visitor.world.wake('online')
      const cursor = { epoch: 'e1', offset: -1 }
      return visitor.letIn({ cursor }, { cursor, recovered: true, missed: 0, ...live })
    },
  }
}

describe('sending', () => {
  test('P1 a message is sent when it is in the log: then it is in the timeline and no longer in the outbox', async () => {
    const visitor = member()
    const { room, socket } = visitor
    const sent = room.send('hello')
    expect(visitor.states()).toEqual(['hello: sending'])
    const [frame] = sentOn(socket, 'send')
    expect(frame).toMatchObject({ text: 'hello', before: visitor.busNow() + 10_000 })
    if (frame !== undefined) socket.deliver(echo(visitor, frame, 7))
    const { timeline, outbox } = room.getSnapshot()
    expect([textsOf(timeline), outbox]).toEqual([['hello'], []])
    expect(timeline[0]).toMatchObject({ own: true })
    expect(await sent).toEqual({ key: frame?.key, offset: 7, expires: visitor.busNow() + 120_000 })
  })

  test('an acknowledgement before the message keeps it visible in one place until it is seen in the other', async () => {
    const visitor = member()
    const { room, socket } = visitor
    const sent = room.send('hello')
    const [frame] = sentOn(socket, 'send')
    socket.deliver({ type: 'ack', key: frame?.key, target: 7, expires: visitor.busNow() + 120_000 })
    expect((await sent).offset).toBe(7)
    expect(visitor.states()).toEqual(['hello: sending'])
    if (frame !== undefined) socket.deliver(echo(visitor, frame, 7))
    expect([textsOf(room.getSnapshot().timeline), visitor.states()]).toEqual([['hello'], []])
  })

  test('an acknowledged message that is never seen leaves the outbox when the log has been read beyond it', () => {
    const { room, socket, busNow, message, states } = member()
    void room.send('hello')
    const [frame] = sentOn(socket, 'send')
    socket.deliver({ type: 'ack', key: frame?.key, target: 7, expires: busNow() + 120_000 }, message(6, 'a'))
    expect(states()).toHaveLength(1)
    socket.deliver(message(8, 'b'))
    expect(states()).toEqual([])
  })

  test('P9 what cannot be a message is refused at once, with its code, and takes no place', async () => {
    const { room, socket, outbox } = member()
    await expect(room.send('   ')).rejects.toMatchObject({ code: 'empty_text' })
    await expect(room.send('x'.repeat(4_001))).rejects.toMatchObject({ code: 'too_long', retry: 'never' })
    expect([outbox(), sentOn(socket, 'send')]).toEqual([[], []])
  })

  test('nobody has to wait for the promise: a message that fails ends no program', async () => {
    const { room, socket, states } = member()
    void room.send('hello')
    socket.deliver(refuse(sentOn(socket, 'send')[0]?.key, 'not_allowed'))
    await settle()
    expect(states()).toEqual(['hello: failed'])
  })

  test('P8 the outbox has a bound, and says so', async () => {
    const { room, outbox } = visitOffline()
    for (let i = 0; i < OUTBOX_ITEMS; i++) void room.send(`m${i}`)
    await expect(room.send('one more')).rejects.toMatchObject({ code: 'rate_limited', retry: 'same' })
    expect(outbox()).toHaveLength(OUTBOX_ITEMS)
  })

  test('not more are on their way than the server wants', () => {
    const { room, socket, message } = member()
    for (let i = 0; i < 40; i++) void room.send(`m${i}`)
    expect(textsSent(socket)).toHaveLength(32)
    const keys = sentOn(socket, 'send').map(({ key }) => key)
    socket.deliver({ type: 'ack', key: keys[0], target: 1, expires: 1e9 }, message(2, 'x'))
    expect(textsSent(socket)).toHaveLength(33)
    expect(textsSent(socket).at(-1)).toBe('m32')
  })
})

function visitOffline() {
  const visitor = visit()
  return { ...visitor, outbox: () => visitor.room.getSnapshot().outbox }
}

describe('refusals', () => {
  test('P3 after a refusal that may be retried, it and everything behind it is sent again, in order, with the same keys and time', () => {
    const { world, room, socket, states } = member()
    for (const text of ['a', 'b', 'c']) void room.send(text)
    const first = sentOn(socket, 'send')
    socket.deliver(refuse(first[0]?.key, 'rate_limited', 700))
    socket.deliver(refuse(first[1]?.key, 'held'), refuse(first[2]?.key, 'held'))
    void room.send('d')
    expect(states()).toEqual(['a: queued', 'b: queued', 'c: queued', 'd: queued'])
    world.advance(699)
    expect(textsSent(socket)).toHaveLength(3)
    world.advance(1)
    const again = sentOn(socket, 'send').slice(3)
    expect(again.map(({ text }) => text)).toEqual(['a', 'b', 'c', 'd'])
    expect(again.slice(0, 3)).toEqual(first)
  })

  test('P3 what was sent before the refusal was known goes again behind it, and late answers to it change nothing', () => {
    const { world, room, socket, states } = member()
    for (const text of ['a', 'b']) void room.send(text)
    const [a, b] = sentOn(socket, 'send')
    socket.deliver(refuse(a?.key, 'rate_limited', 100))
    world.advance(100)
    expect(textsSent(socket)).toEqual(['a', 'b', 'a', 'b'])
    socket.deliver(refuse(b?.key, 'held'))
    world.advance(5_000)
    expect(textsSent(socket)).toHaveLength(4)
    expect(states()).toEqual(['a: sending', 'b: sending'])
  })

  test('P10 while the bus is down nothing is sent that is not; when it is back everything goes once, in order', async () => {
    const visitor = member()
    const { world, room, socket } = visitor
    const sent = [room.send('a'), room.send('b')]
    for (let tries = 0; tries < 4; tries++) {
      const [a, b] = sentOn(socket, 'send').slice(-2)
      socket.deliver(refuse(a?.key, 'bus_unavailable'), refuse(b?.key, 'held'))
      expect(visitor.outbox()[0]).toMatchObject({ state: 'queued', code: 'bus_unavailable' })
      world.advance(2_000)
    }
    const frames = sentOn(socket, 'send')
    expect(new Set(frames.map(({ key }) => key)).size).toBe(2)
    for (const [i, frame] of frames.slice(-2).entries()) socket.deliver(echo(visitor, frame, i))
    expect((await Promise.all(sent)).map(({ offset }) => offset)).toEqual([0, 1])
    expect(visitor.outbox()).toEqual([])
  })

  test('a message refused and acknowledged late after all lifts its own hold', () => {
    const visitor = member()
    const { room, socket } = visitor
    void room.send('a')
    void room.send('b')
    const [a, b] = sentOn(socket, 'send')
    socket.deliver(refuse(a?.key, 'bus_unavailable', 60_000), refuse(b?.key, 'held'))
    if (a !== undefined) socket.deliver(echo(visitor, a, 1))
    expect(textsSent(socket)).toEqual(['a', 'b', 'b'])
  })

  test('P9 a message that never can be sent fails alone: the others go on', async () => {
    const { room, socket, states, outbox } = member()
    const sent = room.send('a')
    void room.send('b')
    socket.deliver(refuse(sentOn(socket, 'send')[0]?.key, 'not_allowed'))
    await expect(sent).rejects.toMatchObject({ code: 'not_allowed', retry: 'never' })
    expect(states()).toEqual(['a: failed', 'b: sending'])
    expect(outbox()[0]).toMatchObject({ code: 'not_allowed' })
  })

  test('P2 a copy refused for good does not fail a message whose first copy may be in the log', async () => {
    const visitor = member()
    const { world, room, socket, states } = visitor
    const sent = room.send('a')
    socket.deliver(refuse(sentOn(socket, 'send')[0]?.key, 'bus_unavailable', 100))
    world.advance(100)
    const [first, again] = sentOn(socket, 'send')
    expect(again?.key).toBe(first?.key)
    socket.deliver(refuse(again?.key, 'not_allowed'))
    expect(states()).toEqual(['a: queued'])
    if (first !== undefined) socket.deliver(echo(visitor, first, 1))
    expect(await sent).toMatchObject({ key: first?.key, offset: 1 })
    expect(states()).toEqual([])
  })

  test('a code from the future fails the message instead of repeating it for ever', () => {
    const { room, socket, states } = member()
    void room.send('a')
    socket.deliver(refuse(sentOn(socket, 'send')[0]?.key, 'made_up_later'))
    expect(states()).toEqual(['a: failed'])
  })

  test('P3 a refused time says that the clocks disagree, not that the message is wrong: a pong mends it, and it goes again', async () => {
    const visitor = visit()
    const { world, room, busNow, pong } = visitor
    const socket = visitor.letIn({ now: busNow() + 5_000 })
    const sent = room.send('hello')
    void room.send('world')
    const first = sentOn(socket, 'send')
    expect(first[0]?.before).toBe(busNow() + 15_000)
    const pings = sentOn(socket, 'ping').length
    for (const { key } of first) socket.deliver(refuse(key, 'bad_before'))
    expect(sentOn(socket, 'ping').length).toBeGreaterThan(pings)
    expect(room.getSnapshot().outbox).toMatchObject([{ state: 'queued' }, { state: 'queued' }])
    socket.deliver(pong())
    world.advance(2_000)
    const again = sentOn(socket, 'send').slice(2)
    expect(again.map(({ text }) => text)).toEqual(['hello', 'world'])
    expect(again[0]?.key).toBe(first[0]?.key)
    expect(again[0]?.before).toBeLessThanOrEqual(busNow() + 10_000)
    for (const [i, frame] of again.entries()) socket.deliver(echo(visitor, frame, i))
    expect((await sent).offset).toBe(0)
  })

  test('P3 a refused time of a message that may have arrived by an earlier try keeps its key and its time', () => {
    const { world, room, socket } = member()
    void room.send('a')
    const [first] = sentOn(socket, 'send')
    socket.deliver(refuse(first?.key, 'bus_unavailable', 100))
    world.advance(100)
    socket.deliver(refuse(first?.key, 'bad_before'))
    world.advance(2_000)
    expect(sentOn(socket, 'send')).toEqual([first, first, first])
  })

  test('a message taken back while the server waits for it is skipped, and what was held goes on', async () => {
    const { room, socket, outbox, world } = member()
    const sent = room.send('a')
    void room.send('b')
    const [a, b] = sentOn(socket, 'send')
    socket.deliver(refuse(a?.key, 'rate_limited', 60_000), refuse(b?.key, 'held'))
    const [first] = outbox()
    expect(first && room.discard(first.key)).toBe('a')
    await expect(sent).rejects.toMatchObject({ code: 'discarded' })
    expect(sentOn(socket, 'skip')).toEqual([{ type: 'skip', key: a?.key }])
    expect(textsSent(socket)).toEqual(['a', 'b', 'b'])
    world.advance(1)
  })

  test('what may be in the log cannot be taken back', () => {
    const { room, outbox, world } = member()
    void room.send('a')
    const [first] = outbox()
    expect(first && room.discard(first.key)).toBeUndefined()
    world.socket().drop(1006)
    expect(first && room.discard(first.key)).toBeUndefined()
    expect(outbox()).toHaveLength(1)
  })

  test('a failed message can be sent again, as a new one at the end', () => {
    const { room, socket, outbox, states } = member()
    void room.send('a')
    void room.send('b')
    const [a] = sentOn(socket, 'send')
    socket.deliver(refuse(a?.key, 'not_allowed'))
    const [failed] = outbox()
    if (failed !== undefined) room.retry(failed.key)
    expect(states()).toEqual(['b: sending', 'a: sending'])
    expect(sentOn(socket, 'send').at(-1)?.key).not.toBe(a?.key)
  })

  test('a frame that closed the socket for its size is not sent again', async () => {
    const visitor = member()
    const { world, room, socket } = visitor
    void room.send('small')
    const sent = room.send('large'.repeat(500))
    socket.drop(CLOSE.tooBig)
    await expect(sent).rejects.toMatchObject({ code: 'too_long' })
    world.advance(1_000)
    visitor.letIn()
    expect(textsSent(world.socket())).toEqual(['small'])
  })
})

describe('losing the connection', () => {
  test('P2 P3 after a reconnect everything without an answer goes again in order, with the same keys and time', () => {
    const { room, socket, blink, busNow } = member()
    for (const text of ['a', 'b']) void room.send(text)
    const first = sentOn(socket, 'send')
    expect(first[0]?.before).toBe(busNow() + 10_000)
    expect(sentOn(blink(3_000), 'send')).toEqual(first)
  })

  test('P2 what the replay shows is sent, and does not go again', async () => {
    const visitor = member()
    const { room, socket, world } = visitor
    const sent = [room.send('a'), room.send('b')]
    const [a] = sentOn(socket, 'send')
    socket.drop(1006)
    world.advance(1_000)
    const next = world.socket()
    next.open()
    next.deliver(visitor.welcome(), a === undefined ? {} : echo(visitor, a, 3))
    next.deliver(visitor.live({ recovered: true, missed: 0 }))
    expect((await sent[0])?.offset).toBe(3)
    expect(textsSent(next)).toEqual(['b'])
    expect(visitor.states()).toEqual(['b: sending'])
  })

  test('P10 what was typed offline waits, goes out in order, and its time to enter counts from its first try', () => {
    const { world, room, socket, busNow, letIn } = member()
    socket.drop(1006)
    for (const text of ['a', 'b']) void room.send(text)
    world.freeze(60_000)
    world.wake('online')
    letIn({}, { recovered: true, missed: 0 })
    expect(sentOn(world.socket(), 'send')).toMatchObject([
      { text: 'a', before: busNow() + 10_000 },
      { text: 'b', before: busNow() + 10_000 },
    ])
  })

  test('P2 P10 a proxy that ends the socket as if one had left takes nothing away: one comes back, and what waits is sent', async () => {
    const visitor = member()
    const { world, room, socket, letIn } = visitor
    const sent = room.send('a')
    const [first] = sentOn(socket, 'send')
    socket.drop(CLOSE.left)
    expect(room.getSnapshot().connection).toMatchObject({ status: 'waiting', why: 'lost' })
    expect(visitor.states()).toEqual(['a: queued'])
    world.advance(1_000)
    letIn({}, { recovered: true, missed: 0 })
    const [again] = sentOn(world.socket(), 'send')
    expect(again).toEqual(first)
    if (again !== undefined) world.socket().deliver(echo(visitor, again, 0))
    expect((await sent).offset).toBe(0)
  })

  test('P10 what was typed before the first welcome waits as well', () => {
    const { world, room, letIn } = visit()
    void room.send('early')
    world.advance(300_000)
    letIn()
    expect(textsSent(world.socket())).toEqual([])
    void room.send('in time')
    expect(textsSent(world.socket())).toEqual(['in time'])
  })

  test('P10 a text older than the room’s time to live comes back to its author, also while offline', async () => {
    const { world, room, socket, returned, outbox } = member()
    socket.drop(1006)
    const sent = room.send('stale')
    world.advance(119_999)
    expect(outbox()).toHaveLength(1)
    world.advance(1)
    expect(outbox()).toEqual([])
    await expect(sent).rejects.toMatchObject({ code: 'too_late' })
    await settle()
    expect(returned).toMatchObject([{ text: 'stale' }])
  })

  test('a reply to a message of before a restart goes out as a plain message', () => {
    const { world, room, socket, message, letIn } = member()
    socket.deliver(message(9, 'question'))
    const [item] = room.getSnapshot().timeline
    socket.drop(1012)
    if (item?.kind === 'message') void room.send('answer', { replyTo: item.offset })
    world.advance(1_000)
    const cursor = { epoch: 'e2', offset: -1 }
    letIn({ cursor }, { cursor })
    expect(sentOn(world.socket(), 'send')[0]).not.toHaveProperty('replyTo')
  })
})

describe('when the time to enter the log has passed', () => {
  test('P2 a message without an answer gets a new key only when the log was read beyond its time', () => {
    const { world, room, socket, blink, pong, busNow } = member()
    void room.send('a')
    const [first] = sentOn(socket, 'send')
    const before = first?.before ?? 0
    const next = blink(11_000)
    expect(textsSent(next)).toEqual([])
    expect(sentOn(next, 'ping').length).toBeGreaterThan(0)
    next.deliver(pong({ read: before }))
    expect(textsSent(next)).toEqual([])
    next.deliver(pong({ read: before + 1 }))
    const [again] = sentOn(next, 'send')
    expect(again).toMatchObject({ text: 'a', before: busNow() + 10_000 })
    expect(again?.key).not.toBe(first?.key)
    expect(world.now()).toBeGreaterThan(0)
  })

  test('P3 nothing overtakes a message whose fate is not known yet', () => {
    const { room, blink, pong } = member()
    void room.send('a')
    const next = blink(11_000)
    void room.send('b')
    expect(textsSent(next)).toEqual([])
    next.deliver(pong())
    expect(textsSent(next)).toEqual(['a', 'b'])
  })

  test('P3 nor a message on its way whose time has passed without an answer', () => {
    const { world, room, socket, pong } = member()
    void room.send('a')
    socket.deliver(pong())
    world.freeze(10_001)
    void room.send('b')
    expect(textsSent(socket)).toEqual(['a'])
    socket.deliver(pong())
    expect(textsSent(socket)).toEqual(['a', 'a', 'b'])
  })

  test('P3 a message is not sent again with its last breath, only to come too late and be overtaken', () => {
    const { world, room, blink, pong } = member()
    void room.send('a')
    const next = blink(9_800)
    void room.send('b')
    expect(textsSent(next)).toEqual([])
    world.advance(201)
    next.deliver(pong())
    expect(textsSent(next)).toEqual(['a', 'b'])
  })

  test('P2 where part of the log was not seen nobody can tell: the author decides', async () => {
    const { room, blink, pong, states, outbox } = member()
    const sent = room.send('a')
    const next = blink(11_000, { missed: 2 })
    void room.send('b')
    next.deliver(pong())
    await expect(sent).rejects.toMatchObject({ code: 'too_late' })
    expect(states()).toEqual(['a: failed', 'b: sending'])
    expect(outbox()[0]).toMatchObject({ code: 'too_late' })
  })

  test('P2 a gap on the way makes the same doubt, before its time has passed it is simply sent again', () => {
    const { world, room, socket, states, pong, blink } = member()
    void room.send('a')
    socket.deliver({ type: 'gap', cursor: { epoch: 'e1', offset: 9 }, missed: 1 })
    const next = blink(3_000)
    expect(textsSent(next)).toEqual(['a'])
    world.advance(8_000)
    next.deliver(pong())
    expect(states()).toEqual(['a: failed'])
  })

  test('P2 a message that would have expired meanwhile, had it arrived, is not sent a second time', () => {
    const { room, blink, pong, states } = member()
    void room.send('a', { ttlSeconds: 30 })
    const next = blink(29_000)
    next.deliver(pong())
    expect(states()).toEqual(['a: failed'])
  })

  test('a text that grew too old while its fate was unknown comes back, once it is known', async () => {
    const { world, room, socket, pong, states, returned } = member()
    socket.deliver(pong())
    void room.send('a')
    for (let i = 0; i < 13; i++) {
      world.advance(9_500)
      socket.deliver(pong({ read: 0 }))
    }
    expect(states()).toEqual(['a: sending'])
    socket.deliver(pong())
    await settle()
    expect([states(), returned.map(({ text }) => text)]).toEqual([[], ['a']])
  })

  test('a message that the server found too late goes again as a new one, at most until it is too old', async () => {
    const { world, room, socket, pong, returned, states } = member()
    void room.send('a')
    for (let i = 0; i < 80 && states().length > 0; i++) {
      socket.deliver(refuse(sentOn(socket, 'send').at(-1)?.key, 'too_late'))
      world.advance(2_000)
      socket.deliver(pong({ read: 0 }))
    }
    const keys = sentOn(socket, 'send').map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
    await settle()
    expect(returned.map(({ text }) => text)).toEqual(['a'])
  })

  test('P2 after a restart a message without an answer keeps its key, because it may be on the others’ screens', () => {
    const { world, room, socket, letIn, busNow } = member()
    void room.send('a')
    const [first] = sentOn(socket, 'send')
    socket.drop(1012)
    world.freeze(15_000)
    world.wake('online')
    const cursor = { epoch: 'e2', offset: -1 }
    letIn({ cursor }, { cursor })
    expect(sentOn(world.socket(), 'send')).toMatchObject([{ key: first?.key, before: busNow() + 10_000 }])
  })

  test('P3 after a restart it has its full time again, so that what is behind it does not overtake it', () => {
    const { world, room, socket, letIn, busNow } = member()
    void room.send('a')
    socket.drop(1012)
    world.freeze(3_000)
    world.wake('online')
    const cursor = { epoch: 'e2', offset: -1 }
    letIn({ cursor }, { cursor })
    expect(sentOn(world.socket(), 'send')).toMatchObject([{ text: 'a', before: busNow() + 10_000 }])
  })

  test('an epoch that ends on a live socket: all is sent again, and answers to the copies of before are not taken for its answers', () => {
    const { world, room, socket, states } = member()
    for (const text of ['a', 'b']) void room.send(text)
    const [first] = sentOn(socket, 'send')
    socket.deliver({ type: 'gap', cursor: { epoch: 'e2', offset: -1 }, missed: null })
    expect(textsSent(socket)).toEqual(['a', 'b', 'a', 'b'])
    expect(sentOn(socket, 'send')[2]?.key).toBe(first?.key)
    socket.deliver(refuse(first?.key, 'too_late'))
    world.advance(3_000)
    expect(textsSent(socket)).toHaveLength(4)
    expect(states()).toEqual(['a: sending', 'b: sending'])
  })

  test('P2 and keeps it however often it has to be tried there', () => {
    const { world, room, socket, letIn, pong } = member()
    void room.send('a')
    const [first] = sentOn(socket, 'send')
    socket.drop(1012)
    world.advance(1_000)
    const cursor = { epoch: 'e2', offset: -1 }
    const next = letIn({ cursor }, { cursor })
    next.deliver(pong({ cursor }))
    world.advance(10_001)
    next.deliver(pong({ cursor }))
    expect(sentOn(next, 'send').map(({ key }) => key)).toEqual([first?.key, first?.key])
  })

  test('P2 what may be on the others’ screens since before a restart is not given back as if it were nowhere', async () => {
    const { world, room, socket, letIn, states, returned } = member()
    void room.send('a')
    socket.drop(1012)
    world.freeze(130_000)
    world.wake('online')
    const cursor = { epoch: 'e2', offset: -1 }
    letIn({ cursor }, { cursor })
    await settle()
    expect([states(), returned]).toEqual([['a: failed'], []])
  })
})
