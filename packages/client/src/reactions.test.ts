import type { ClientFrame, Epoch, Offset } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { connectRoom } from './connect-room.ts'
import { createReactions } from './reactions.ts'
import { ANNA, createScript, YOU } from './testing/room.ts'
import { settle, type TestSocket } from './testing/world.ts'

const at = (offset: number, epoch = 'e1') => ({ epoch: epoch as Epoch, offset: offset as Offset })

function visitWithReactions() {
  const script = createScript()
  const reactions = createReactions(script.world.environment)
  const room = connectRoom('http://gateway', 'tea', { name: 'You' }, reactions.environment)
  const reaction = (offset: number, target: number, emoji: string, changes: object = {}) => ({
    type: 'reaction',
    offset,
    target,
    emoji,
    from: { id: ANNA, name: 'Anna' },
    on: true,
    expires: script.busNow() + 120_000,
    ...changes,
  })
  const shown = (target: number, epoch?: string) =>
    reactions.of('tea', at(target, epoch)).map(({ emoji, members, own }) => [emoji, members.length, own])
  return { ...script, room, reactions, reaction, shown }
}

const own = { from: { id: YOU, name: 'You' } }
const reactsOn = ({ sent }: TestSocket) => sent.filter((frame) => frame.type === 'react')

/** The reference of the last reaction that was sent. */
function lastRe(socket: TestSocket): ClientFrame['re'] {
  return reactsOn(socket).at(-1)?.re
}

test('reactions are counted by emoji, and by whose they are', () => {
  const { letIn, message, reaction, shown, room } = visitWithReactions()
  const socket = letIn()
  socket.deliver(message(1, 'cake!'), reaction(2, 1, '🎂'), reaction(3, 1, '🎂', own), reaction(4, 1, '👍'))
  expect(shown(1)).toEqual([
    ['🎂', 2, true],
    ['👍', 1, false],
  ])
  expect(room.getSnapshot().timeline).toHaveLength(1)
  socket.deliver(reaction(5, 1, '🎂', { on: false }), reaction(6, 1, '👍', { on: false }))
  expect(shown(1)).toEqual([['🎂', 1, true]])
  expect(shown(7)).toEqual([])
})

test('a view stays the same until something changes, and whoever listens is told', async () => {
  const { world, letIn, reaction, reactions } = visitWithReactions()
  const socket = letIn()
  await settle()
  world.advance(16)
  let told = 0
  const end = reactions.subscribe(() => told++)
  socket.deliver(reaction(2, 1, '🎂'))
  await settle()
  const view = reactions.of('tea', at(1))
  expect([told, reactions.of('tea', at(1))]).toEqual([1, view])
  expect(reactions.of('tea', at(1))).toBe(view)
  end()
})

test('reactions go with their message: at its end, when it is unsent, and with all that is burned', () => {
  const { world, letIn, reaction, shown } = visitWithReactions()
  const socket = letIn()
  socket.deliver(...[1, 2, 3].map((target) => reaction(target + 10, target, '👍')))
  socket.deliver({ type: 'removed', offset: 14, targets: [1], reason: 'unsent' })
  expect([shown(1), shown(2)]).toEqual([[], [['👍', 1, false]]])
  socket.deliver({ type: 'removed', offset: 15, upTo: 3, reason: 'burned' })
  expect([shown(2), shown(3)]).toEqual([[], [['👍', 1, false]]])
  world.advance(120_000)
  expect(shown(3)).toEqual([])
})

test('a reaction is sent and done when the room has it, and nothing is sent when it is so already', async () => {
  const { letIn, reaction, reactions } = visitWithReactions()
  const socket = letIn()
  const put = reactions.react('tea', at(1), '🎂', true)
  expect(reactsOn(socket)).toMatchObject([{ target: 1, emoji: '🎂', on: true }])
  socket.deliver(reaction(2, 1, '🎂'), reaction(3, 1, '🎂', own))
  await expect(put).resolves.toBeUndefined()
  await reactions.react('tea', at(1), '🎂', true)
  await reactions.react('tea', at(1), '👍', false)
  expect(reactsOn(socket)).toHaveLength(1)
})

test('a reaction that is refused says why, and other requests are not refused with it', async () => {
  const { letIn, room, reactions } = visitWithReactions()
  const socket = letIn()
  const unsent = room.unsend(1 as Offset)
  const put = reactions.react('tea', at(1), '🎂', true)
  socket.deliver({ type: 'error', code: 'unknown_target', message: '', re: lastRe(socket) })
  await expect(put).rejects.toMatchObject({ code: 'unknown_target' })
  socket.deliver({ type: 'removed', offset: 5, targets: [1], reason: 'unsent' })
  await expect(unsent).resolves.toBeUndefined()
})

test('without a connection, and to a message of an earlier epoch, nobody reacts', async () => {
  const { letIn, reactions, room } = visitWithReactions()
  await expect(reactions.react('tea', at(1), '🎂', true)).rejects.toMatchObject({ code: 'bus_unavailable' })
  const socket = letIn()
  await expect(reactions.react('tea', at(1, 'e0'), '🎂', true)).rejects.toMatchObject({ code: 'unknown_target' })
  const lost = reactions.react('tea', at(1), '🎂', true)
  socket.drop(1006)
  await expect(lost).rejects.toMatchObject({ code: 'bus_unavailable' })
  room.leave()
})

test('what was taken back while one was away is gone, whether all was recovered or not', () => {
  for (const recovered of [true, false]) {
    const { world, letIn, reaction, shown, welcome, live } = visitWithReactions()
    const first = letIn()
    first.deliver(reaction(2, 1, '🎂'), reaction(3, 1, '👍'))
    first.drop(1006)
    world.advance(10_000)
    const socket = world.socket()
    socket.open()
    socket.deliver(welcome({ cursor: { epoch: 'e1', offset: 3 } }))
    if (recovered) socket.deliver(reaction(4, 1, '🎂', { on: false }))
    else socket.deliver(reaction(3, 1, '👍'))
    socket.deliver(live({ recovered, missed: 0 }))
    expect(shown(1)).toEqual([['👍', 1, false]])
  }
})

test('in a new epoch nothing is left of the one before', () => {
  const { world, letIn, reaction, shown } = visitWithReactions()
  const first = letIn()
  first.deliver(reaction(2, 1, '🎂'))
  first.drop(1006)
  world.advance(10_000)
  letIn({ cursor: { epoch: 'e2', offset: -1 } }, { cursor: { epoch: 'e2', offset: -1 } })
  expect([shown(1), shown(1, 'e2')]).toEqual([[], []])
})

test('frames that are malformed do nothing', () => {
  const { letIn, reaction, shown, room } = visitWithReactions()
  const socket = letIn()
  const bad = [{ from: 5 }, { from: null }, { on: 'yes' }, { emoji: 1 }, { target: 'x' }, { expires: null }]
  socket.deliver(
    { type: 'removed', offset: 1, targets: 5 },
    'nonsense',
    'null',
    '[]',
    ...bad.map((changes) => reaction(2, 1, '🎂', changes)),
  )
  expect(shown(1)).toEqual([])
  expect(room.getSnapshot().connection.status).toBe('live')
})

test('what is put and taken back at once is taken back for everybody', async () => {
  const { letIn, message, reaction, reactions, shown } = visitWithReactions()
  const socket = letIn()
  socket.deliver(message(1, 'cake!'))
  const put = reactions.react('tea', at(1), '🎂', true)
  const back = reactions.react('tea', at(1), '🎂', false)
  expect(reactsOn(socket)).toHaveLength(2)
  socket.deliver(reaction(2, 1, '🎂', own), reaction(3, 1, '🎂', { ...own, on: false }))
  await Promise.all([put, back])
  expect(shown(1)).toEqual([])
  // Nothing is on its way any more: what is so already need not be asked for.
  await reactions.react('tea', at(1), '🎂', false)
  expect(reactsOn(socket)).toHaveLength(2)
})
