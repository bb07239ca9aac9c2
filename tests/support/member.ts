import { hash, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type AckFrame,
  type LiveFrame,
  type MessageFrame,
  ownerPreimage,
  type PresenceFrame,
  type Member as ProtocolMember,
  type WelcomeFrame,
} from '@whisperrooms/protocol'
import { type ConnectOptions, connect, type RawClient } from './raw-client.ts'

export const newRoom = (): string => `room-${randomBytes(9).toString('base64url')}`
export const newKey = (): string => randomBytes(12).toString('base64url')
/** A session or owner secret. */
export const newSecret = (): string => randomBytes(16).toString('base64url')
export const ownerHashOf = (room: string, owner: string): string =>
  hash('sha256', ownerPreimage(room, owner), 'base64url')

export interface Member {
  readonly client: RawClient
  readonly session: string
  readonly welcome: WelcomeFrame
  readonly live: LiveFrame
  /** What was replayed between `welcome` and `live`. */
  readonly replayed: readonly MessageFrame[]
}

export interface JoinFields {
  readonly name?: string
  readonly session?: string
  readonly [field: string]: unknown
}

export const joinFrame = (
  fields: JoinFields = {},
): { readonly session: string; readonly [field: string]: unknown } => ({
  type: 'join',
  protocol: 1,
  name: 'Somebody',
  session: newSecret(),
  ...fields,
})

/** Enters a room, and waits until it is live. Unless told otherwise it makes the room when there is none. */
export async function enter(
  url: string,
  room: string,
  fields: JoinFields = {},
  options?: ConnectOptions,
): Promise<Member> {
  const client = await connect(url, room, options)
  const join = joinFrame({ create: {}, ...fields })
  client.send(join)
  const welcome = await client.next('welcome')
  const live = await client.next('live')
  const end = client.frames.indexOf(live)
  const replayed = client.frames.slice(0, end).filter((frame) => frame.type === 'message')
  return { client, session: join.session, welcome, live, replayed }
}

/** Whether somebody is told of who is as said: whoever came and changed within one pace is told once. */
export const tellsOf =
  (is: (member: ProtocolMember) => boolean) =>
  ({ joined, changed, members }: PresenceFrame): boolean =>
    [joined, changed, members].some((list) => list?.some(is))

export interface SendFields {
  readonly key?: string
  readonly text?: string
  readonly [field: string]: unknown
}

export const sendFrame = (fields: SendFields = {}): { readonly key: string; readonly [field: string]: unknown } => ({
  type: 'send',
  key: newKey(),
  text: 'hello',
  ...fields,
})

/** Sends a message, and waits until it is acknowledged. */
export async function say({ client }: Pick<Member, 'client'>, fields: SendFields | string = {}): Promise<AckFrame> {
  const frame = sendFrame(typeof fields === 'string' ? { text: fields } : fields)
  client.send(frame)
  return client.next('ack', ({ key }) => key === frame.key)
}

/** The next message with this text that nobody has taken yet. */
export const hear = ({ client }: Pick<Member, 'client'>, text: string): Promise<MessageFrame> =>
  client.next('message', (frame) => frame.text === text)

/** The texts of all messages that came so far, in order. */
export const textsOf = ({ client }: Pick<Member, 'client'>): string[] =>
  client.frames.filter((frame) => frame.type === 'message').map(({ text }) => text)

export interface Place {
  readonly ticket: string
  readonly cursor: WelcomeFrame['cursor']
}

/** Where a member stands now, to come back to. */
export async function placeOf({ client }: Pick<Member, 'client'>): Promise<Place> {
  const { cursor } = await ping({ client })
  // A ticket is renewed now and then: the last one counts.
  const tickets = client.frames.flatMap((frame) =>
    'ticket' in frame && frame.ticket !== undefined ? [frame.ticket] : [],
  )
  return { ticket: tickets.at(-1) ?? '', cursor }
}

/** Asks, and waits for the answer. */
export function ping({ client }: Pick<Member, 'client'>) {
  client.send({ type: 'ping' })
  return client.next('pong')
}

/** Waits until the gateway's own time has come to `busTimeMs`: its answer says so, whatever this machine's clocks do. */
export async function untilBusTime(member: Pick<Member, 'client'>, busTimeMs: number): Promise<void> {
  for (;;) {
    const { now } = await ping(member)
    if (now >= busTimeMs) return
    await delay(Math.min(busTimeMs - now, 500))
  }
}
