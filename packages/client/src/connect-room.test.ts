import { CLOSE } from '@whisperrooms/protocol'
import { describe, expect, test } from 'vitest'
import { connectRoom } from './connect-room.ts'
import { createScript, echo, sentOn, textsOf, visit, YOU } from './testing/room.ts'
import { createWorld, settle } from './testing/world.ts'
import type { Identity } from './types.ts'

describe('entering', () => {
  test('the first frame is a join with a secret made here, and nothing secret is in the address', () => {
    const { world, room } = visit()
    const socket = world.socket()
    expect(socket.url).toBe('ws://gateway/ws/tea')
    socket.open()
    const [join] = sentOn(socket, 'join')
    expect(join).toMatchObject({ protocol: 1, name: 'You' })
    expect(join?.session).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(join).not.toHaveProperty('create')
    expect(room.getSnapshot().connection).toEqual({ status: 'connecting', attempt: 1 })
  })

  test('a room is live once the replay has been read, and knows who is there', () => {
    const { room, letIn } = visit()
    letIn()
    const { connection, you, members, settings, timeline } = room.getSnapshot()
    expect(connection).toEqual({ status: 'live' })
    expect(you?.id).toBe(YOU)
    expect(members.map(({ name }) => name)).toEqual(['You', 'Anna'])
    expect(settings).toEqual({ ttl: 120, history: 'live', locked: false, listed: false, sealed: false })
    expect(timeline).toEqual([])
  })

  test('a newcomer is told of nothing that vanished before it came', () => {
    const { room, letIn } = visit()
    letIn({}, { missed: 7 })
    expect(room.getSnapshot().timeline).toEqual([])
  })

  test('a room that is to be mine is made with the hash of a secret that only I keep', async () => {
    const kept: Identity[] = []
    const { world } = visit({ create: { ttlSeconds: 180, own: true }, onIdentity: (one) => kept.push(one) })
    world.socket().open()
    const [join] = sentOn(world.socket(), 'join')
    expect(join?.create).toMatchObject({ ttl: 180 })
    expect(join?.create?.ownerHash).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(join?.create?.ownerHash).not.toBe(join?.owner)
    await settle()
    expect(kept).toEqual([{ session: join?.session, owner: join?.owner }])
  })

  test('whoever loses the race to make a room enters it as anybody', () => {
    const { world, room, letIn } = visit({ create: { own: true } })
    world.socket().open()
    world.socket().deliver({ type: 'error', code: 'wrong_proof', message: '' })
    world.socket().drop(CLOSE.wrongProof)
    expect(world.sockets).toHaveLength(2)
    letIn()
    expect(sentOn(world.socket(), 'join')[0]).not.toHaveProperty('owner')
    expect(room.getSnapshot().connection.status).toBe('live')
  })

  test('a wrong proof that I brought along is told, not forgotten', () => {
    const { world, room } = visit({ identity: { session: 's'.repeat(22), owner: 'o'.repeat(22) } })
    world.socket().open()
    world.socket().drop(CLOSE.wrongProof)
    expect(room.getSnapshot().connection).toEqual({ status: 'closed', why: 'wrong_proof' })
  })

  test('a room name that cannot be is refused without a socket', () => {
    const world = createWorld()
    const room = connectRoom('http://gateway', 'no such name', { name: 'You' }, world.environment)
    expect(room.getSnapshot().connection).toEqual({ status: 'closed', why: 'bad_room' })
    expect(world.sockets).toHaveLength(0)
  })

  test('an identity kept from an earlier visit is used again, and a renewed ticket is handed out to be kept', async () => {
    const kept: Identity[] = []
    const identity = { session: 's'.repeat(22), ticket: 'old' }
    const { world, letIn, pong } = visit({ identity, onIdentity: (one) => kept.push(one) })
    const socket = letIn({ ticket: 'old' })
    expect(sentOn(world.socket(), 'join')[0]).toMatchObject(identity)
    await settle()
    expect(kept).toEqual([])
    socket.deliver(pong({ ticket: 'newer' }))
    expect(kept).toEqual([{ session: identity.session, ticket: 'newer' }])
  })
})

describe('coming back', () => {
  test('P4 a lost connection comes back by itself, with the cursor of what it has seen', () => {
    const { world, room, letIn, message } = visit()
    letIn().deliver(message(5, 'hello'))
    world.advance(6_000)
    world.socket().drop(1006)
    const { connection } = room.getSnapshot()
    expect(connection).toMatchObject({ status: 'waiting', why: 'lost', attempt: 2 })
    world.advance(1_000)
    world.socket().open()
    expect(sentOn(world.socket(), 'join')[0]).toMatchObject({
      cursor: { epoch: 'e1', offset: 5 },
      ticket: 'ticket-1',
    })
    expect(textsOf(room.getSnapshot().timeline)).toEqual(['hello'])
  })

  test('the cursor of a quiet room moves with every pong, and with frames that are not understood', () => {
    const { world, letIn, pong } = visit()
    const socket = letIn()
    socket.deliver(pong({ cursor: { epoch: 'e1', offset: 40 } }))
    socket.deliver({ type: 'relay', offset: 41, kind: 'sealed', from: { id: 'x' }, body: '' })
    socket.deliver({ type: 'from the future', offset: 44 }, '{broken', '[1]', { type: 'message', offset: 'x' })
    socket.drop(1006)
    world.advance(1_000)
    world.socket().open()
    expect(sentOn(world.socket(), 'join')[0]?.cursor).toEqual({ epoch: 'e1', offset: 44 })
  })

  test('waits grow up to 20 s with full jitter, and start anew after 5 s of being live', () => {
    const { world, room, letIn } = visit()
    const waits: number[] = []
    const fall = () => {
      world.socket().drop(1006)
      const { connection } = room.getSnapshot()
      if (connection.status !== 'waiting' || connection.retryAtMs === undefined) throw new Error('not waiting')
      waits.push(connection.retryAtMs - room.now())
      world.advance(Math.ceil(connection.retryAtMs - room.now()))
    }
    for (let i = 0; i < 12; i++) fall()
    for (const [i, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(500)
      expect(wait).toBeLessThanOrEqual(Math.min(20_000, 1_000 * 2 ** i))
    }
    expect(Math.max(...waits)).toBeGreaterThan(5_000)
    letIn()
    world.advance(4_000)
    world.socket().drop(1006)
    expect(room.getSnapshot().connection).toMatchObject({ attempt: 14 })
    world.advance(20_000)
    letIn()
    world.advance(5_000)
    world.socket().drop(1006)
    expect(room.getSnapshot().connection).toMatchObject({ attempt: 2 })
  })

  test('the moment the network is back or the page is looked at, it tries at once', () => {
    const { world, room } = visit()
    for (const wake of ['online', 'visible'] as const) {
      for (let i = 0; i < 6; i++) {
        world.socket().drop(1006)
        world.advance(20_000)
      }
      world.socket().drop(1006)
      world.advance(500)
      expect(room.getSnapshot().connection.status).toBe('waiting')
      world.wake(wake)
      expect(room.getSnapshot().connection.status).toBe('connecting')
    }
  })

  test('an offline machine says so, and still tries every 20 s in case that is wrong', () => {
    const { world, room, letIn } = visit()
    letIn()
    world.setOnline(false)
    world.socket().drop(1006)
    expect(room.getSnapshot().connection).toMatchObject({ status: 'waiting', why: 'offline', retryAtMs: undefined })
    world.advance(20_000)
    expect(world.sockets).toHaveLength(2)
  })

  test('a full room is tried again, not before the server’s advice', () => {
    const { world, room } = visit()
    world.socket().open()
    world.socket().deliver({ type: 'error', code: 'room_full', message: '', retryAfter: 9_000 })
    world.socket().drop(CLOSE.roomFull)
    expect(room.getSnapshot().connection).toMatchObject({ status: 'waiting', why: 'room_full' })
    world.advance(8_999)
    expect(world.sockets).toHaveLength(1)
    world.advance(1)
    expect(world.sockets).toHaveLength(2)
  })

  test('P11 whoever was thrown out does not come back, and the words are the server’s', () => {
    const { world, room, letIn } = visit()
    letIn().deliver({ type: 'error', code: 'kicked', message: '' })
    world.socket().drop(CLOSE.kicked)
    expect(room.getSnapshot().connection).toEqual({ status: 'closed', why: 'kicked' })
    world.wake('online')
    world.advance(60_000)
    expect(world.sockets).toHaveLength(1)
  })

  test('a refusal whose close code a proxy lost is still a refusal', () => {
    const { world, room } = visit()
    world.socket().open()
    world.socket().deliver({ type: 'error', code: 'room_locked', message: '' })
    world.socket().drop(1006)
    expect(room.getSnapshot().connection).toEqual({ status: 'closed', why: 'room_locked' })
  })

  test('P12 a room that a restart forgot is made again as it was told, once, never as I would like it', () => {
    const { world, room, letIn } = visit({ create: { ttlSeconds: 300, own: true } })
    const ownerHash = 'h'.repeat(43)
    const told = { id: 'tea', ttl: 150, history: 'none', locked: false, listed: true, sealed: false, ownerHash }
    letIn({ room: told }).deliver({ type: 'room', offset: 3, ttl: 180, by: YOU })
    world.socket().drop(1012)
    world.advance(1_000)
    world.socket().open()
    expect(sentOn(world.socket(), 'join')[0]).not.toHaveProperty('create')
    world.socket().deliver({ type: 'error', code: 'no_such_room', message: '' })
    world.socket().drop(CLOSE.noSuchRoom)
    world.socket().open()
    expect(sentOn(world.socket(), 'join')[0]?.create).toEqual({
      ttl: 180,
      history: 'none',
      listed: true,
      sealed: false,
      ownerHash,
    })
    world.socket().drop(CLOSE.noSuchRoom)
    expect(room.getSnapshot().connection).toEqual({ status: 'closed', why: 'no_such_room' })
  })

  test('a room that never was is not tried again', () => {
    const { world, room } = visit()
    world.socket().open()
    world.socket().drop(CLOSE.noSuchRoom)
    expect(room.getSnapshot().connection).toEqual({ status: 'closed', why: 'no_such_room' })
    expect(world.sockets).toHaveLength(1)
  })
})

describe('a socket that looks alive and is dead', () => {
  test('a server that falls silent is left within 25 s', () => {
    const { world, room, letIn, pong } = visit()
    const socket = letIn()
    socket.deliver(pong())
    world.advance(15_000)
    expect(sentOn(socket, 'ping').length).toBeGreaterThanOrEqual(2)
    world.advance(9_999)
    expect(room.getSnapshot().connection.status).toBe('live')
    world.advance(1)
    expect(socket.closedByClient).toBe(true)
    expect(room.getSnapshot().connection).toMatchObject({ status: 'waiting', why: 'lost' })
  })

  test('a server that answers is kept for hours', () => {
    const { world, room, letIn, pong } = visit()
    const socket = letIn()
    let answered = 0
    for (let minute = 0; minute < 120; minute++) {
      for (let second = 0; second < 60; second++) {
        for (; answered < sentOn(socket, 'ping').length; answered++) socket.deliver(pong())
        world.advance(1_000)
      }
    }
    expect(room.getSnapshot().connection.status).toBe('live')
    expect(answered).toBeGreaterThan(400)
  })

  test('after sleep the line is asked at once, and left after 5 s without an answer', () => {
    const { world, room, letIn, pong } = visit()
    const socket = letIn()
    socket.deliver(pong())
    world.freeze(3_600_000)
    world.wake('visible')
    expect(room.getSnapshot().connection.status).toBe('live')
    world.advance(5_000)
    expect(room.getSnapshot().connection.status).toBe('waiting')
    expect(socket.closedByClient).toBe(true)
  })

  test('a socket that never opens, and a join that is never answered, are given up', () => {
    const { world, room } = visit()
    world.advance(10_000)
    expect(room.getSnapshot().connection.status).toBe('waiting')
    world.advance(1_000)
    world.socket().open()
    world.advance(11_999)
    expect(room.getSnapshot().connection.status).toBe('connecting')
    world.advance(1)
    expect(room.getSnapshot().connection.status).toBe('waiting')
  })

  test('an address that the browser refuses is tried again later, not thrown', () => {
    const world = createWorld()
    const environment = {
      ...world.environment,
      openSocket: () => {
        throw new Error('SecurityError')
      },
    }
    const room = connectRoom('ws://gateway', 'tea', { name: 'You' }, environment)
    expect(room.getSnapshot().connection).toMatchObject({ status: 'waiting', why: 'lost' })
  })
})

describe('many rooms', () => {
  test('twenty rooms share one timer, and none of it is left when all are left', () => {
    const world = createWorld()
    const rooms = Array.from({ length: 20 }, (_, i) =>
      connectRoom('http://gateway', `room-${i}`, { name: 'You' }, world.environment),
    )
    const script = createScript(world)
    for (const socket of world.sockets) {
      socket.open()
      socket.deliver(script.welcome(), script.live(), script.message(1, 'hello'), script.pong())
    }
    expect(world.timers()).toBe(1)
    for (const room of rooms) room.leave()
    world.advance(100)
    expect(world.timers()).toBe(0)
  })
})

describe('leaving', () => {
  test('leaving says so, forgets every word, and is final', async () => {
    const { world, room, letIn, message } = visit()
    const socket = letIn()
    socket.deliver(message(1, 'hello'))
    const sent = room.send('on its way')
    room.leave()
    expect(socket.sent.at(-1)).toEqual({ type: 'leave' })
    expect(socket.closedByClient).toBe(true)
    const { connection, timeline, outbox } = room.getSnapshot()
    expect({ connection, timeline, outbox }).toEqual({
      connection: { status: 'closed', why: 'left' },
      timeline: [],
      outbox: [],
    })
    await expect(sent).rejects.toMatchObject({ code: 'left' })
    await expect(room.send('too late')).rejects.toMatchObject({ code: 'left' })
    world.wake('online')
    world.advance(60_000)
    expect(world.sockets).toHaveLength(1)
  })

  test('a room that ended keeps its messages until they die, and gives unsent ones back to copy', async () => {
    const { world, room, letIn, message } = visit()
    letIn().deliver(message(1, 'hello'))
    const sent = room.send('never arrived')
    world.socket().deliver({ type: 'error', code: 'room_ended', message: '' })
    world.socket().drop(CLOSE.roomEnded)
    await expect(sent).rejects.toMatchObject({ code: 'room_ended', retry: 'never' })
    const [unsent] = room.getSnapshot().outbox
    expect(unsent).toMatchObject({ state: 'failed', code: 'room_ended' })
    expect(unsent && room.discard(unsent.key)).toBe('never arrived')
    expect(textsOf(room.getSnapshot().timeline)).toEqual(['hello'])
    world.advance(120_000)
    expect(room.getSnapshot().timeline).toEqual([])
  })
})

describe('what a page sees', () => {
  test('many frames in one turn are one notification, and a replay is not thousands', async () => {
    const { world, room, letIn, message } = visit()
    const socket = letIn()
    await settle()
    let told = 0
    room.subscribe(() => told++)
    world.advance(16)
    for (let i = 1; i <= 100; i++) socket.deliver(message(i, `m${i}`))
    await settle()
    expect(told).toBe(1)
    for (let i = 101; i <= 200; i++) {
      socket.deliver(message(i, `m${i}`))
      await settle()
    }
    expect(told).toBe(1)
    world.advance(16)
    expect(told).toBe(2)
    expect(room.getSnapshot().timeline).toHaveLength(200)
  })

  test('the snapshot is the same object until something changes, and shares what did not', () => {
    const { room, letIn, message, pong } = visit()
    const socket = letIn()
    const before = room.getSnapshot()
    socket.deliver(pong())
    expect(room.getSnapshot()).toBe(before)
    socket.deliver(message(1, 'hello'))
    const after = room.getSnapshot()
    expect(after).not.toBe(before)
    expect(after.members).toBe(before.members)
    expect(after.outbox).toBe(before.outbox)
  })

  test('an error in the application’s code does not stop the room', async () => {
    const script = createScript()
    // The runner's own listeners would fail the test for what it is about.
    const runners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    const thrown: unknown[] = []
    process.on('unhandledRejection', (error) => thrown.push(error))
    const room = connectRoom(
      'http://gateway',
      'tea',
      {
        name: 'You',
        onArrival: () => {
          throw new Error('theirs')
        },
      },
      script.world.environment,
    )
    script.letIn().deliver(script.message(1, 'one'), script.message(2, 'two'))
    await settle()
    await settle()
    expect(textsOf(room.getSnapshot().timeline)).toEqual(['one', 'two'])
    process.removeAllListeners('unhandledRejection')
    for (const runner of runners) process.on('unhandledRejection', runner)
    expect(thrown).toEqual([new Error('theirs'), new Error('theirs')])
  })

  test('live messages of others are announced once, replayed and own ones never', () => {
    const announced: string[] = []
    const visitor = visit({ onArrival: ({ text }) => announced.push(text) })
    const { world, room, welcome, live, message } = visitor
    const socket = world.socket()
    socket.open()
    socket.deliver(welcome(), message(1, 'replayed'), live({ cursor: { epoch: 'e1', offset: 1 } }))
    socket.deliver(message(2, 'new'), message(2, 'new'))
    void room.send('mine')
    const [frame] = sentOn(socket, 'send')
    if (frame !== undefined) socket.deliver(echo(visitor, frame, 3))
    expect(announced).toEqual(['new'])
  })
})
