import type { MemberId } from '@whisperrooms/protocol'
import { describe, expect, test } from 'vitest'
import { echo, sentOn, textsOf, visit, YOU } from './testing/room.ts'
import { settle } from './testing/world.ts'

describe('deadlines', () => {
  test('P5 a message leaves the screen at its deadline, counted in bus time from its arrival', () => {
    const { world, room, letIn, message, busNow } = visit()
    letIn().deliver(
      message(1, 'short', { expires: busNow() + 2_000 }),
      message(2, 'long', { expires: busNow() + 9_000 }),
    )
    world.advance(1_999)
    expect(textsOf(room.getSnapshot().timeline)).toEqual(['short', 'long'])
    let told = 0
    room.subscribe(() => told++)
    world.advance(1)
    expect(told).toBe(1)
    expect(textsOf(room.getSnapshot().timeline)).toEqual(['long'])
  })

  test('P5 a snapshot read before the late timer of a hidden page shows nothing past its deadline, and everyone hears of it', async () => {
    const { world, room, letIn, message, busNow } = visit()
    letIn().deliver(message(1, 'hello', { expires: busNow() + 2_000 }))
    await settle()
    let told = 0
    room.subscribe(() => told++)
    world.freeze(2_000)
    expect(room.getSnapshot().timeline).toEqual([])
    await settle()
    expect(told).toBe(1)
  })

  test('P5 on waking the dead are gone before anything is painted', () => {
    const { world, room, letIn, message } = visit()
    letIn().deliver(message(1, 'hello'))
    let shown: readonly string[] | undefined
    room.subscribe(() => {
      shown = textsOf(room.getSnapshot().timeline)
    })
    world.freeze(3_600_000)
    world.wake('visible')
    expect(shown).toEqual([])
  })

  test('P5 a message that comes past its deadline is never shown, moves the cursor, and is told as vanished', () => {
    const { world, room, letIn, message, busNow } = visit()
    const socket = letIn()
    socket.deliver(message(7, 'too old', { expires: busNow() - 1 }))
    expect(textsOf(room.getSnapshot().timeline)).toEqual(['(1 vanished)'])
    socket.drop(1006)
    world.advance(1_000)
    world.socket().open()
    expect(sentOn(world.socket(), 'join')[0]?.cursor?.offset).toBe(7)
  })

  test('P5 a deadline is fixed on arrival: a better idea of the bus’s time changes only what comes later', () => {
    const { world, room, letIn, message, pong, busNow } = visit()
    const socket = letIn()
    socket.deliver(message(1, 'first', { expires: busNow() + 5_000 }))
    socket.deliver(pong({ now: busNow() + 60_000 }))
    socket.deliver(message(2, 'second', { expires: busNow() + 65_000 }))
    world.advance(4_999)
    expect(textsOf(room.getSnapshot().timeline)).toEqual(['first', 'second'])
    world.advance(1)
    expect(room.getSnapshot().timeline).toEqual([])
  })
})

describe('order and duplicates', () => {
  test('P3 what arrives in any order is shown in the order of the log', () => {
    const { room, letIn, message } = visit()
    letIn().deliver(message(5, 'five'), message(9, 'nine'), message(3, 'three'), message(7, 'seven'))
    expect(textsOf(room.getSnapshot().timeline)).toEqual(['three', 'five', 'seven', 'nine'])
  })

  test('P2 a message that is delivered twice is shown once', () => {
    const { room, letIn, message } = visit()
    letIn().deliver(message(5, 'five'), message(5, 'five'), message(8, 'five', { key: 'key-5-of-anna' }))
    expect(textsOf(room.getSnapshot().timeline)).toEqual(['five'])
  })

  test('P2 a message sent again after a restart is shown once, where the new log has it, and can be unsent there', () => {
    const { world, room, letIn, message } = visit()
    letIn().deliver(message(50, 'again'), message(60, 'old'))
    world.socket().drop(1012)
    world.advance(1_000)
    const cursor = { epoch: 'e2', offset: -1 }
    const socket = letIn({ cursor }, { cursor })
    socket.deliver(message(0, 'new'), message(1, 'again', { key: 'key-50-of-anna' }))
    expect(textsOf(room.getSnapshot().timeline)).toEqual(['old', '(some vanished)', 'new', 'again'])
    socket.deliver({ type: 'removed', offset: 2, targets: [1], reason: 'unsent' })
    expect(textsOf(room.getSnapshot().timeline)).toEqual(['old', '(some vanished)', 'new'])
  })

  test('P4 after a restart the screen is kept until each message’s own deadline, and old offsets mean nothing', () => {
    const { world, room, letIn, message, busNow } = visit()
    letIn().deliver(message(1, 'old', { expires: busNow() + 30_000 }))
    world.socket().drop(1012)
    world.advance(1_000)
    const cursor = { epoch: 'e2', offset: -1 }
    const socket = letIn({ cursor }, { cursor })
    socket.deliver({ type: 'removed', offset: 2, targets: [1], reason: 'unsent' })
    expect(textsOf(room.getSnapshot().timeline)).toEqual(['old', '(some vanished)'])
    world.advance(29_000)
    expect(textsOf(room.getSnapshot().timeline)).toEqual(['(some vanished)'])
  })
})

describe('what vanished', () => {
  function comeBack(live: object, welcome: object = {}) {
    const visitor = visit()
    visitor.letIn().deliver(visitor.message(5, 'before'))
    visitor.world.socket().drop(1006)
    visitor.world.advance(1_000)
    const cursor = { epoch: 'e1', offset: 5 }
    visitor.letIn({ cursor, ...welcome }, { cursor, recovered: true, missed: 0, ...live })
    return { ...visitor, texts: () => textsOf(visitor.room.getSnapshot().timeline) }
  }

  test('P4 a return that missed nothing says nothing', () => {
    expect(comeBack({}).texts()).toEqual(['before'])
  })

  test('P4 a return says how many messages vanished meanwhile, or that some may have', () => {
    expect(comeBack({ missed: 3 }).texts()).toEqual(['before', '(3 vanished)'])
    expect(comeBack({ recovered: false, missed: null }).texts()).toEqual(['before', '(some vanished)'])
    expect(comeBack({ recovered: false }).texts()).toEqual(['before', '(some vanished)'])
  })

  test('P4 a gap is told where it was; notes with nothing alive between them are one', () => {
    const { world, texts, message } = comeBack({ missed: 2 })
    world.socket().deliver({ type: 'gap', cursor: { epoch: 'e1', offset: 20 }, missed: 4 })
    expect(texts()).toEqual(['before', '(6 vanished)'])
    world.socket().deliver(message(30, 'alive'), { type: 'gap', cursor: { epoch: 'e1', offset: 40 }, missed: null })
    expect(texts()).toEqual(['before', '(6 vanished)', 'alive', '(some vanished)'])
    world.socket().deliver({ type: 'removed', offset: 41, targets: [30], reason: 'unsent' })
    expect(texts()).toEqual(['before', '(some vanished)'])
    world.advance(120_000)
    expect(texts()).toEqual([])
  })

  test('a note that became one with a later note lasts as long as that', () => {
    const { world, texts, pong } = comeBack({ missed: 2 })
    world.socket().deliver({ type: 'removed', offset: 6, targets: [5], reason: 'unsent' })
    for (let i = 0; i < 6; i++) {
      world.advance(10_000)
      world.socket().deliver(pong())
    }
    world.socket().deliver({ type: 'gap', cursor: { epoch: 'e1', offset: 20 }, missed: 1 })
    world.advance(61_000)
    expect(texts()).toEqual(['(3 vanished)'])
    world.advance(59_000)
    expect(texts()).toEqual([])
  })

  test('P4 a replay that broke off before it was told what was missed says that some may have vanished', () => {
    const { world, welcome, message, letIn, texts } = comeBack({})
    world.socket().drop(1006)
    world.advance(2_000)
    world.socket().open()
    world.socket().deliver(welcome({ cursor: { epoch: 'e1', offset: 5 } }), message(6, 'half'))
    world.socket().drop(1006)
    world.advance(4_000)
    const cursor = { epoch: 'e1', offset: 6 }
    letIn({ cursor }, { cursor, recovered: true, missed: 0 })
    expect(texts()).toEqual(['before', 'half', '(some vanished)'])
  })

  test('what was unsent while I was cut off does not stay on my screen when the window is replayed', () => {
    const { world, welcome, live, message, texts } = comeBack({})
    world.socket().deliver(message(6, 'six'), message(7, 'seven'))
    world.socket().drop(1006)
    world.advance(1_500)
    world.socket().open()
    const start = { epoch: 'e1', offset: 5 }
    const end = { epoch: 'e1', offset: 9 }
    world.socket().deliver(welcome({ cursor: start }), message(7, 'seven'), live({ cursor: end, missed: 0 }))
    expect(texts()).toEqual(['before', '(some vanished)', 'seven'])
  })
})

describe('removing', () => {
  test('unsending asks, and is done when the log says so', async () => {
    const visitor = visit()
    const socket = visitor.letIn()
    const sent = visitor.room.send('oops')
    const [frame] = sentOn(socket, 'send')
    if (frame !== undefined) socket.deliver(echo(visitor, frame, 4))
    const { offset } = await sent
    const unsent = visitor.room.unsend(offset)
    expect(sentOn(socket, 'unsend')).toMatchObject([{ target: 4 }])
    expect(textsOf(visitor.room.getSnapshot().timeline)).toEqual(['oops'])
    socket.deliver({ type: 'removed', offset: 5, targets: [4], reason: 'unsent', by: YOU })
    await unsent
    expect(visitor.room.getSnapshot().timeline).toEqual([])
  })

  test('burning takes everything off every screen, what was said before a restart too', async () => {
    const { world, room, letIn, message } = visit()
    letIn().deliver(message(70, 'before the restart'))
    world.socket().drop(1012)
    world.advance(1_000)
    const cursor = { epoch: 'e2', offset: -1 }
    const socket = letIn({ cursor }, { cursor })
    socket.deliver(message(3, 'after'))
    const burnt = room.burn()
    socket.deliver({ type: 'removed', offset: 4, upTo: 4, reason: 'burned', by: YOU }, message(5, 'fresh'))
    await burnt
    expect(textsOf(room.getSnapshot().timeline)).toEqual(['fresh'])
  })

  test('what was asked is refused with its code, or unavailable when the connection is lost or nothing comes', async () => {
    const { world, room, letIn, message } = visit()
    await expect(room.burn()).rejects.toMatchObject({ code: 'bus_unavailable', retry: 'same' })
    const socket = letIn()
    socket.deliver(message(1, 'hers'))
    const [item] = room.getSnapshot().timeline
    if (item?.kind !== 'message') throw new Error('no message')
    const refused = room.unsend(item.offset, item.epoch)
    const [frame] = sentOn(socket, 'unsend')
    socket.deliver({ type: 'error', code: 'not_allowed', message: '', re: frame?.re })
    await expect(refused).rejects.toMatchObject({ code: 'not_allowed', retry: 'never' })
    const silent = room.set({ locked: true })
    world.advance(10_000)
    await expect(silent).rejects.toMatchObject({ code: 'bus_unavailable' })
    const lost = room.burn()
    socket.drop(1006)
    await expect(lost).rejects.toMatchObject({ code: 'bus_unavailable' })
  })

  test('what an owner decides of somebody is done when they are seen to stand otherwise, or to have left', async () => {
    const { room, letIn } = visit()
    const socket = letIn()
    const member = 'BBBBBBBBBBBBBBBB' as MemberId
    let isDone = false
    const muted = room.moderate({ type: 'mute', member, on: true }).then(() => {
      isDone = true
    })
    expect(sentOn(socket, 'mute')).toMatchObject([{ member, on: true }])
    socket.deliver({
      type: 'presence',
      joined: [{ id: 'CCCCCCCCCCCCCCCC' as MemberId, name: 'Cy', role: 'member' }],
      count: 3,
    })
    await Promise.resolve()
    expect(isDone).toBe(false)
    socket.deliver({ type: 'presence', changed: [{ id: member, name: 'Bob', role: 'member', muted: true }], count: 3 })
    await muted
    const kicked = room.moderate({ type: 'kick', member })
    socket.deliver({ type: 'presence', left: [member], count: 2 })
    await kicked
    const refused = room.moderate({ type: 'role', member, role: 'reader' })
    socket.deliver({ type: 'error', code: 'not_allowed', message: '', re: sentOn(socket, 'role')[0]?.re })
    await expect(refused).rejects.toMatchObject({ code: 'not_allowed' })
  })

  test('a message from before a restart cannot be unsent by the number it had', async () => {
    const { world, room, letIn, message } = visit()
    letIn().deliver(message(1, 'old'))
    const [item] = room.getSnapshot().timeline
    world.socket().drop(1012)
    world.advance(1_000)
    const cursor = { epoch: 'e2', offset: -1 }
    const socket = letIn({ cursor }, { cursor })
    if (item?.kind !== 'message') throw new Error('no message')
    expect([item.epoch, room.getSnapshot().epoch]).toEqual(['e1', 'e2'])
    await expect(room.unsend(item.offset, item.epoch)).rejects.toMatchObject({ code: 'unknown_target' })
    expect(sentOn(socket, 'unsend')).toEqual([])
  })
})

describe('older messages', () => {
  test('older messages come below the oldest, announce nothing and move no cursor', async () => {
    const announced: string[] = []
    const { world, room, letIn, message } = visit({ onArrival: ({ text }) => announced.push(text) })
    const cursor = { epoch: 'e1', offset: 100 }
    const socket = letIn({ cursor }, { cursor, more: true })
    expect(room.getSnapshot().more).toBe(true)
    socket.deliver(message(101, 'newest'))
    const loaded = room.loadOlder()
    void room.loadOlder()
    expect(sentOn(socket, 'load')).toMatchObject([{ before: 101 }])
    socket.deliver(message(40, 'older'), { type: 'room', offset: 41, ttl: 999, by: YOU }, message(50, 'old'), {
      type: 'loaded',
      before: 101,
      more: true,
    })
    await loaded
    expect(textsOf(room.getSnapshot().timeline)).toEqual(['older', 'old', 'newest'])
    expect(room.getSnapshot().settings?.ttl).toBe(120)
    expect(announced).toEqual(['newest'])
    void room.loadOlder()
    expect(sentOn(socket, 'load')[1]).toMatchObject({ before: 40 })
    socket.deliver({ type: 'loaded', before: 40, more: false })
    expect(room.getSnapshot().more).toBe(false)
    socket.drop(1006)
    world.advance(1_000)
    world.socket().open()
    expect(sentOn(world.socket(), 'join')[0]?.cursor?.offset).toBe(101)
  })
})
