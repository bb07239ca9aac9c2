import { describe, expect, test } from 'vitest'
import { ANNA, sentOn, visit, YOU } from './testing/room.ts'
import { settle } from './testing/world.ts'

const member = (id: string, name = id, role = 'member') => ({ id, name, role })

describe('who is here', () => {
  test('people come, go and change their names in the order of their coming', () => {
    const { room, letIn } = visit()
    const socket = letIn()
    const names = () => room.getSnapshot().members.map(({ name }) => name)
    socket.deliver({ type: 'presence', joined: [member('ben', 'Ben')], count: 3 })
    expect(names()).toEqual(['You', 'Anna', 'Ben'])
    socket.deliver({ type: 'presence', changed: [member(YOU, 'Me')], left: [ANNA], count: 2 })
    expect(names()).toEqual(['Me', 'Ben'])
    expect(room.getSnapshot().you?.name).toBe('Me')
    socket.deliver({ type: 'presence', members: [member('cleo', 'Cleo')], count: 1 })
    expect(names()).toEqual(['Cleo'])
  })

  test('a crowd is a number, and a list again when it has shrunk', () => {
    const { room, letIn } = visit()
    const socket = letIn()
    socket.deliver({ type: 'presence', count: 201 })
    expect(room.getSnapshot()).toMatchObject({ members: [], count: 201 })
    socket.deliver({ type: 'presence', members: [member('ben')], count: 200 })
    expect(room.getSnapshot()).toMatchObject({ members: [{ id: 'ben' }], count: 200 })
  })
})

describe('typing', () => {
  const typing = (id: string, on: boolean) => ({ type: 'typing', from: { id, name: id }, on })

  test('somebody types until they stop, speak, leave or fall silent for 6 s', () => {
    const { world, room, letIn, message } = visit()
    const socket = letIn()
    const typists = () => room.getSnapshot().typing
    socket.deliver(typing(ANNA, true), typing('ben', true), typing(YOU, true))
    expect(typists()).toEqual([ANNA, 'ben'])
    socket.deliver(message(1, 'hello'))
    expect(typists()).toEqual(['ben'])
    world.advance(5_000)
    socket.deliver(typing('ben', true))
    world.advance(5_999)
    expect(typists()).toEqual(['ben'])
    world.advance(1)
    expect(typists()).toEqual([])
    socket.deliver(typing('ben', true), typing('ben', false))
    expect(typists()).toEqual([])
    socket.deliver(typing('ben', true), { type: 'presence', left: ['ben'], count: 1 })
    expect(typists()).toEqual([])
  })

  test('that I type is said once in 3 s, that I stopped is said in the end, and a message says it by itself', () => {
    const { world, room, letIn, pong } = visit()
    const socket = letIn()
    const said = () => sentOn(socket, 'typing').map(({ on }) => on)
    for (let i = 0; i < 40; i++) {
      room.typing(true)
      world.advance(100)
    }
    expect(said()).toEqual([true, true])
    room.typing(false)
    expect(said()).toEqual([true, true])
    world.advance(3_000)
    expect(said()).toEqual([true, true, false])
    socket.deliver(pong())
    world.advance(3_000)
    room.typing(true)
    void room.send('hello')
    room.typing(false)
    world.advance(3_000)
    expect(said()).toEqual([true, true, false, true])
  })
})

describe('changing the room and oneself', () => {
  test('a setting is changed when the log says so, and everybody’s changes are seen', async () => {
    const { room, letIn } = visit()
    const socket = letIn()
    const set = room.set({ ttlSeconds: 180, locked: true })
    expect(sentOn(socket, 'set')[0]).toMatchObject({ ttl: 180, locked: true })
    socket.deliver({ type: 'room', offset: 1, listed: true, by: ANNA })
    let done = false
    void set.then(() => {
      done = true
    })
    await settle()
    expect(done).toBe(false)
    socket.deliver({ type: 'room', offset: 2, ttl: 180, locked: true, by: YOU })
    await set
    expect(room.getSnapshot().settings).toMatchObject({ ttl: 180, locked: true, listed: true })
  })

  test('settings replayed from before the welcome do not undo what it said', () => {
    const { world, room, welcome, live } = visit()
    world.socket().open()
    world.socket().deliver(welcome(), { type: 'room', offset: 1, ttl: 300, by: ANNA }, live())
    expect(room.getSnapshot().settings?.ttl).toBe(120)
  })

  test('a new name is kept over reconnects, and one that is not fit to be shown is given up', () => {
    const { world, room, letIn } = visit()
    letIn()
    room.rename('Me')
    expect(sentOn(world.socket(), 'rename')).toMatchObject([{ name: 'Me' }])
    world.socket().deliver({ type: 'presence', changed: [{ id: YOU, name: 'Me', role: 'member' }], count: 2 })
    room.rename('\u202E')
    world.socket().drop(1006)
    world.advance(1_000)
    world.socket().open()
    world.socket().deliver({ type: 'error', code: 'bad_name', message: '' })
    world.socket().drop(4500)
    world.socket().open()
    expect(sentOn(world.socket(), 'join')[0]?.name).toBe('Me')
  })
})
