import { describe, expect, test } from 'vitest'
import { type Account, type FaultKind, Ledger } from './support/ledger.ts'

const ROOM = 'tea'
const EPOCH = 'e1'
const TTL_MS = 20_000
/** Bus time is this far ahead of the test's clock. */
const AHEAD_MS = 1_000_000

interface Entering {
  readonly offset: number
  readonly recovered?: boolean
  readonly missed?: number | null
  readonly replay?: () => void
  readonly waitMs?: number
}

/** A ledger with the time in the test's hands, and members whose sockets and screens it plays. */
function open() {
  let nowMs = 0
  let lagMs = 0
  const ledger = new Ledger(
    () => nowMs,
    () => lagMs,
  )

  function member(name: string) {
    const account = ledger.account(ROOM, name)
    const hear = (frame: object) => account.received(JSON.stringify(frame))
    let epoch = EPOCH
    let screen: { text: string; epoch: string; offset: number; expires: number }[] = []

    const player = {
      account,
      /** Comes in, or back: `welcome`, what `replay` does, `live`. The answer takes `waitMs`. */
      enter(from: number, { replay, waitMs = 0, ...live }: Entering) {
        account.opened('http://one')
        account.sent(JSON.stringify({ type: 'join' }))
        pass(waitMs)
        const room = { ttl: TTL_MS / 1_000, history: 'live' }
        hear({ type: 'welcome', room, cursor: { epoch, offset: from }, now: nowMs + AHEAD_MS })
        replay?.()
        const { offset, recovered = false, missed = null } = live
        hear({ type: 'live', cursor: { epoch, offset }, recovered, missed, more: false })
      },
      lose: () => account.closed(1006),
      write(text: string) {
        account.wrote(text)
        account.sent(JSON.stringify({ type: 'send', key: `key-${text}`, text }))
      },
      ack(text: string, target: number) {
        hear({ type: 'ack', key: `key-${text}`, target, expires: deadline() })
        account.confirmed(text, target)
      },
      receive(text: string, offset: number, expires = deadline()) {
        hear({ type: 'message', offset, key: `key-${text}`, text, expires })
      },
      /** Receives a message and shows it below what is on the screen. */
      see(text: string, offset: number, expires = deadline()) {
        player.receive(text, offset, expires)
        player.show([...screen, { text, epoch, offset, expires }])
      },
      show(next: typeof screen) {
        screen = next
        account.showed(screen)
      },
      hide: (text: string) => player.show(screen.filter((one) => one.text !== text)),
      pong(offset: number) {
        account.sent(JSON.stringify({ type: 'ping' }))
        hear({ type: 'pong', now: nowMs + AHEAD_MS, cursor: { epoch, offset }, read: 0 })
      },
      gap(offset: number, missed: number | null, next = epoch) {
        epoch = next
        hear({ type: 'gap', cursor: { epoch, offset }, missed })
      },
    }
    return player
  }

  const deadline = () => AHEAD_MS + TTL_MS
  const pass = (ms: number) => {
    nowMs += ms
  }
  const lag = (ms: number) => {
    lagMs = ms
  }
  const [ada, bob] = [member('ada'), member('bob')]
  ada.enter(-1, { offset: 0 })
  bob.enter(-1, { offset: 0 })
  return { ledger, ada, bob, pass, lag, deadline }
}

type World = ReturnType<typeof open>

/** Ada writes, and both have it. */
function say({ ada, bob }: World, text: string, offset: number): void {
  ada.write(text)
  for (const one of [ada, bob]) one.see(text, offset)
  ada.ack(text, offset)
}

/** Bob has what Ada wrote from a join that took a second, so he knows the time to half a second. Now its deadline has come. */
function showAfterSlowJoin({ ada, bob, pass, deadline }: World): void {
  bob.lose()
  ada.write('a1')
  ada.see('a1', 1)
  ada.ack('a1', 1)
  const expires = deadline()
  bob.enter(0, { offset: 1, recovered: true, missed: 0, waitMs: 1_000, replay: () => bob.see('a1', 1, expires) })
  pass(TTL_MS - 1_000)
  ada.hide('a1')
}

function kinds({ ledger }: World): FaultKind[] {
  return ledger.faults().map(({ kind }) => kind)
}

describe('what keeps its promises balances', () => {
  test('messages that everybody has, in order, until their deadline', () => {
    const world = open()
    say(world, 'a1', 1)
    say(world, 'a2', 2)
    world.pass(TTL_MS)
    for (const one of [world.ada, world.bob]) for (const text of ['a1', 'a2']) one.hide(text)
    expect(world.ledger.isSettled()).toBe(true)
    expect(kinds(world)).toEqual([])
  })

  test('a return that brings everything alive, and says how much vanished', () => {
    const world = open()
    const { ada, bob, pass, deadline } = world
    bob.lose()
    ada.write('vanished')
    ada.see('vanished', 1)
    ada.ack('vanished', 1)
    pass(TTL_MS + 500)
    ada.hide('vanished')
    ada.write('alive')
    ada.see('alive', 2, deadline() + TTL_MS)
    ada.ack('alive', 2)
    bob.enter(0, { offset: 2, recovered: true, missed: 1, replay: () => bob.see('alive', 2, deadline() + TTL_MS) })
    expect(kinds(world)).toEqual([])
  })

  test('a slow reader who is told of a gap', () => {
    const world = open()
    const { ada, bob } = world
    ada.write('a1')
    ada.see('a1', 1)
    ada.ack('a1', 1)
    bob.gap(1, 1)
    expect(kinds(world)).toEqual([])
  })

  test('a new epoch that is told, where an unconfirmed message moves', () => {
    const world = open()
    const { ada, bob, deadline } = world
    ada.write('again')
    bob.see('again', 7)
    for (const one of [ada, bob]) one.gap(-1, null, 'e2')
    ada.see('again', 0)
    bob.receive('again', 0)
    bob.show([{ text: 'again', epoch: 'e2', offset: 0, expires: deadline() }])
    ada.ack('again', 0)
    expect(kinds(world)).toEqual([])
  })

  test('what somebody got back, and nobody received', () => {
    const world = open()
    world.ada.write('never')
    world.ada.account.returned('never', 'too_late')
    expect(kinds(world)).toEqual([])
  })

  test('a screen that is late by no more than its member could have known', () => {
    const world = open()
    showAfterSlowJoin(world)
    world.pass(1_450)
    world.bob.pong(1)
    world.bob.hide('a1')
    expect(kinds(world)).toEqual([])
  })

  test('screens that are late because this process was', () => {
    const world = open()
    say(world, 'a1', 1)
    world.pass(TTL_MS + 1_500)
    world.lag(600)
    for (const one of [world.ada, world.bob]) one.hide('a1')
    expect(kinds(world)).toEqual([])
  })

  test('whoever left is owed nothing', () => {
    const world = open()
    world.bob.account.left()
    world.ada.write('a1')
    world.ada.see('a1', 1)
    world.ada.ack('a1', 1)
    expect(kinds(world)).toEqual([])
  })
})

const FAULTS: readonly (readonly [string, FaultKind, (world: World) => void])[] = [
  [
    'a message left out between two others',
    'lost',
    (world) => {
      const { ada, bob } = world
      ada.write('a1')
      ada.see('a1', 1)
      ada.ack('a1', 1)
      say(world, 'a2', 2)
      expect(bob.account.screen.has('a1')).toBe(false)
    },
  ],
  [
    'a cursor that passes a message by',
    'lost',
    ({ ada, bob }) => {
      ada.write('a1')
      ada.see('a1', 1)
      ada.ack('a1', 1)
      bob.pong(1)
    },
  ],
  [
    'a last message that never comes',
    'lost',
    ({ ada }) => {
      ada.write('a1')
      ada.see('a1', 1)
      ada.ack('a1', 1)
    },
  ],
  [
    'more that vanished than a gap tells of',
    'lost',
    ({ ada, bob }) => {
      for (const [i, text] of ['a1', 'a2'].entries()) {
        ada.write(text)
        ada.see(text, i + 1)
        ada.ack(text, i + 1)
      }
      bob.gap(2, 1)
    },
  ],
  [
    'a message that came and was not shown',
    'lost',
    ({ ada, bob }) => {
      ada.write('a1')
      ada.see('a1', 1)
      ada.ack('a1', 1)
      bob.receive('a1', 1)
    },
  ],
  [
    'a newcomer who is not given what is alive',
    'lost',
    (world) => {
      const { ada, bob } = world
      ada.write('a1')
      ada.see('a1', 1)
      ada.ack('a1', 1)
      bob.account.left()
      const account = world.ledger.account(ROOM, 'cy')
      enterBare(account, { offset: 1, recovered: false })
    },
  ],
  [
    'a new epoch that one member is not told of',
    'lost',
    ({ ada }) => {
      ada.gap(-1, null, 'e2')
      ada.write('a1')
      ada.see('a1', 0)
      ada.ack('a1', 0)
    },
  ],
  [
    'what was left out of the part of a replay that came before the connection broke',
    'lost',
    ({ ada, bob }) => {
      for (const [i, text] of ['a1', 'a2'].entries()) {
        ada.write(text)
        ada.see(text, i + 1)
        ada.ack(text, i + 1)
      }
      bob.lose()
      const replay = () => {
        bob.see('a2', 2)
        bob.lose()
      }
      bob.enter(0, { offset: 2, recovered: true, missed: 0, replay })
    },
  ],
  [
    'a message shown again after it was gone',
    'duplicate',
    (world) => {
      say(world, 'a1', 1)
      world.pass(TTL_MS)
      world.bob.hide('a1')
      world.bob.show([{ text: 'a1', epoch: EPOCH, offset: 1, expires: world.deadline() }])
    },
  ],
  [
    'a message twice on a screen',
    'duplicate',
    (world) => {
      say(world, 'a1', 1)
      world.bob.show([1, 2].map((offset) => ({ text: 'a1', epoch: EPOCH, offset, expires: world.deadline() })))
    },
  ],
  [
    'a message twice in the log',
    'duplicate',
    (world) => {
      say(world, 'a1', 1)
      world.bob.receive('a1', 2)
    },
  ],
  [
    'two messages in one order here and in the other there',
    'reordered',
    (world) => {
      const { ada, bob } = world
      for (const text of ['a1', 'a2']) ada.write(text)
      for (const [i, text] of ['a1', 'a2'].entries()) ada.see(text, i + 1)
      for (const [i, text] of ['a1', 'a2'].entries()) ada.ack(text, i + 1)
      bob.see('a2', 2)
      bob.see('a1', 1)
    },
  ],
  [
    'a screen that does not go by the log',
    'reordered',
    (world) => {
      say(world, 'a1', 1)
      say(world, 'a2', 2)
      const shown = { epoch: EPOCH, expires: world.deadline() }
      world.bob.show([
        { ...shown, text: 'a2', offset: 2 },
        { ...shown, text: 'a1', offset: 1 },
      ])
    },
  ],
  [
    'an author’s messages in another order than written',
    'reordered',
    (world) => {
      for (const text of ['first', 'second']) world.ada.write(text)
      for (const [i, text] of ['second', 'first'].entries()) {
        for (const one of [world.ada, world.bob]) one.see(text, i + 1)
        world.ada.ack(text, i + 1)
      }
    },
  ],
  [
    'a replay of what has died',
    'late',
    ({ ada, bob, pass, deadline }) => {
      bob.lose()
      pass(TTL_MS + 50)
      bob.enter(0, { offset: 1, recovered: true, missed: 0, replay: () => bob.receive('dead', 1, deadline()) })
      ada.gap(1, 1)
    },
  ],
  [
    'a message that stays on a screen',
    'late',
    (world) => {
      say(world, 'a1', 1)
      world.pass(TTL_MS + 1_100)
      for (const one of [world.ada, world.bob]) one.pong(1)
      world.ada.hide('a1')
    },
  ],
  [
    'a screen that is late by more than its member could have known',
    'late',
    (world) => {
      showAfterSlowJoin(world)
      world.pass(1_550)
      world.bob.pong(1)
      world.bob.hide('a1')
    },
  ],
  [
    'a message that leaves a screen before its time',
    'early',
    (world) => {
      say(world, 'a1', 1)
      world.pass(TTL_MS - 1_500)
      world.bob.hide('a1')
    },
  ],
  [
    'a deadline that is not the same for all',
    'conflicting',
    (world) => {
      const { ada, bob, deadline } = world
      ada.write('a1')
      ada.see('a1', 1)
      ada.ack('a1', 1)
      bob.see('a1', 1, deadline() + 40)
    },
  ],
  [
    'an acknowledgement of what nobody ever received',
    'false ack',
    (world) => {
      world.ada.write('a1')
      world.ada.ack('a1', 1)
    },
  ],
  [
    'an acknowledgement of another place than where it is',
    'false ack',
    (world) => {
      world.ada.write('a1')
      for (const one of [world.ada, world.bob]) one.see('a1', 2)
      world.ada.ack('a1', 1)
    },
  ],
  [
    'a client that says so though no gateway did',
    'false ack',
    (world) => {
      world.ada.write('a1')
      world.ada.account.confirmed('a1', 1)
    },
  ],
  [
    'a message that came back to its author and was sent all the same',
    'false return',
    (world) => {
      world.ada.write('a1')
      for (const one of [world.ada, world.bob]) one.see('a1', 1)
      world.ada.account.returned('a1', 'too_late')
    },
  ],
  [
    'a return that is called complete and is not',
    'false recovered',
    ({ ada, bob }) => {
      bob.lose()
      ada.write('a1')
      ada.see('a1', 1)
      ada.ack('a1', 1)
      bob.enter(0, { offset: 1, recovered: true, missed: 5 })
    },
  ],
  [
    'a return within the time to live that is not recovered',
    'not recovered',
    ({ bob, pass }) => {
      bob.lose()
      pass(2_000)
      bob.enter(0, { offset: 0 })
    },
  ],
  ['a message nobody ever hears of again', 'unsettled', ({ ada }) => ada.write('a1')],
]

/** Comes in and is given nothing. */
function enterBare(account: Account, { offset, recovered }: { offset: number; recovered: boolean }): void {
  account.opened('http://one')
  account.sent(JSON.stringify({ type: 'join' }))
  const cursor = { epoch: EPOCH, offset }
  const frames = [
    { type: 'welcome', room: { ttl: 20, history: 'live' }, cursor, now: AHEAD_MS },
    { type: 'live', cursor, recovered, missed: null, more: false },
  ]
  for (const frame of frames) account.received(JSON.stringify(frame))
}

describe('what breaks a promise is found, and it alone', () => {
  test.each(FAULTS)('%s: %s', (_, kind, happens) => {
    const world = open()
    happens(world)
    expect(new Set(kinds(world))).toEqual(new Set([kind]))
  })
})

test('a fault is told with the story of its message and of the connections around it', () => {
  const world = open()
  const { ada, bob, ledger } = world
  bob.lose()
  ada.write('a1')
  ada.see('a1', 1)
  ada.ack('a1', 1)
  ada.write('another')
  bob.enter(0, { offset: 1, recovered: true, missed: 1 })
  expect(() => ledger.expectNoFaults()).toThrow(/false recovered: bob is live at 1/)
  const [fault] = ledger.faults().filter(({ kind }) => kind === 'false recovered')
  if (fault === undefined) throw new Error('nothing was found')
  const lines = ledger.story(fault).split('\n').slice(1)
  expect(lines.map((line) => line.replace(/^.* s {2}/, ''))).toEqual([
    'ada connects to http://one',
    `ada is welcomed, from ${EPOCH} -1`,
    'ada is live at 0, recovered: false, missed: null',
    'bob connects to http://one',
    `bob is welcomed, from ${EPOCH} -1`,
    'bob is live at 0, recovered: false, missed: null',
    'bob has lost its connection: 1006',
    'ada writes it',
    'ada sends it under key-a1',
    `ada receives it at ${EPOCH} 1`,
    'ada shows it, at 1',
    'ada has it acknowledged at 1',
    'ada tells its author that it is at 1',
    'bob connects to http://one',
    `bob is welcomed, from ${EPOCH} 0`,
    'bob is live at 1, recovered: true, missed: 1',
  ])
})
