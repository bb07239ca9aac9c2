import type { ClientFrame, ClientFrameOf, ClientFrameType } from '@whisperrooms/protocol'
import { connectRoom } from '../connect-room.ts'
import type { ConnectOptions, RoomConnection, TimelineItem } from '../types.ts'
import { createWorld, type TestSocket, type World } from './world.ts'

export const YOU = 'you-you-you-you-'
export const ANNA = 'anna-anna-anna-a'
/** Bus time when the clock of a new world shows its first moment. */
const BUS_AHEAD = 500_000

/** A server that says what the test wants, in the words of the protocol. */
export interface Script {
  readonly world: World
  busNow(): number
  welcome(changes?: object): object
  live(changes?: object): object
  /** A message of Anna's, or of `from`. */
  message(offset: number, text: string, changes?: object): object
  pong(changes?: object): object
  /** Opens the last socket and lets it in. */
  letIn(welcome?: object, live?: object): TestSocket
}

export function createScript(world = createWorld()): Script {
  const busNow = () => world.now() + BUS_AHEAD
  const script: Script = {
    world,
    busNow,
    welcome: (changes = {}) => ({
      type: 'welcome',
      protocol: 1,
      features: [],
      you: { id: YOU, name: 'You', role: 'member' },
      ticket: 'ticket-1',
      room: { id: 'tea', ttl: 120, history: 'live', locked: false, listed: false, sealed: false },
      members: [
        { id: YOU, name: 'You', role: 'member' },
        { id: ANNA, name: 'Anna', role: 'owner' },
      ],
      count: 2,
      cursor: { epoch: 'e1', offset: -1 },
      now: busNow(),
      limits: { heartbeat: 15_000, typing: 3_000, inFlight: 32 },
      ...changes,
    }),
    live: (changes = {}) => ({
      type: 'live',
      cursor: { epoch: 'e1', offset: -1 },
      recovered: false,
      missed: null,
      more: false,
      ...changes,
    }),
    message: (offset, text, changes = {}) => ({
      type: 'message',
      offset,
      key: `key-${offset}-of-anna`,
      from: { id: ANNA, name: 'Anna' },
      text,
      at: busNow(),
      expires: busNow() + 120_000,
      ...changes,
    }),
    pong: (changes = {}) => ({
      type: 'pong',
      now: busNow(),
      cursor: { epoch: 'e1', offset: -1 },
      read: busNow(),
      ...changes,
    }),
    letIn(welcome = {}, live = {}) {
      const socket = world.socket()
      socket.open()
      socket.deliver(script.welcome(welcome), script.live(live))
      return socket
    },
  }
  return script
}

export interface Visit extends Script {
  readonly room: RoomConnection
}

/** Connects to a room whose server is the test; nothing has been answered yet. */
export function visit(options: Partial<ConnectOptions> = {}, world = createWorld()): Visit {
  const script = createScript(world)
  const room = connectRoom('http://gateway', 'tea', { name: 'You', ...options }, world.environment)
  return { ...script, room }
}

/** The frames of one type that the client sent on a socket. */
export function sentOn<T extends ClientFrameType>(socket: TestSocket, type: T): ClientFrameOf<T>[] {
  const is = (frame: ClientFrame): frame is ClientFrame & ClientFrameOf<T> => frame.type === type
  return socket.sent.filter(is)
}

export const textsOf = (timeline: readonly TimelineItem[]): string[] =>
  timeline.map((item) => (item.kind === 'message' ? item.text : `(${item.count ?? 'some'} vanished)`))

/** One's own message as the log gives it back. */
export function echo(script: Script, frame: ClientFrameOf<'send'>, offset: number): object {
  return script.message(offset, frame.text, { key: frame.key, from: { id: YOU, name: 'You' } })
}
