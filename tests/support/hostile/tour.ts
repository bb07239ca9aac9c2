import type { ErrorCode } from '@whisperrooms/protocol'
import {
  enter,
  type JoinFields,
  joinFrame,
  type Member,
  newRoom,
  newSecret,
  ownerHashOf,
  sendFrame,
  tellsOf,
} from '../member.ts'
import { connect } from '../raw-client.ts'
import { frameBytes, OPCODE, openRawSocket } from '../raw-socket.ts'
import { type Answers, count } from './attack.ts'

const X = 'x'.repeat(4_001)
const NOW = 10 ** 15

/** Frames of a member, and the error each of them gets. */
const WRONG_FRAMES: readonly (readonly [ErrorCode, string | object])[] = [
  ['bad_frame', '{'],
  ['unknown_type', { type: 'no-such-type' }],
  ['already_joined', joinFrame()],
  ['bad_name', { type: 'rename', name: '\u200b' }],
  ['empty_text', sendFrame({ text: ' ' })],
  ['too_long', sendFrame({ text: X })],
  ['bad_ttl', sendFrame({ ttl: 0 })],
  ['bad_before', sendFrame({ before: NOW })],
  ['too_late', sendFrame({ before: 1 })],
  ['not_allowed', { type: 'burn' }],
  ['unknown_target', { type: 'unsend', target: 999_999 }],
]

/** Joins that are refused, with the error each of them gets. */
const WRONG_JOINS: readonly (readonly [ErrorCode, object])[] = [
  ['bad_name', joinFrame({ name: '' })],
  ['unsupported_protocol', joinFrame({ protocol: 2 })],
  ['not_supported', joinFrame({ create: { sealed: true } })],
  ['no_such_room', joinFrame()],
  ['join_first', { type: 'ping' }],
]

/** Goes through every error and every close that a client can bring about by itself, one after the other. Nobody is left behind. */
export async function tour(
  url: string,
  options: (address: string) => { headers: Record<string, string> },
  answers: Answers,
): Promise<void> {
  let strangers = 0
  const stranger = () => options(`198.51.100.${++strangers}`)
  const note = (code: string): void => count(answers.errors, code)
  const everybody: Member['client'][] = []
  async function knock(room: string): Promise<Member['client']> {
    const client = await connect(url, room, stranger())
    everybody.push(client)
    return client
  }
  async function come(room: string, fields: JoinFields = {}): Promise<Member> {
    const member = await enter(url, room, fields, stranger())
    everybody.push(member.client)
    return member
  }
  async function close(client: Member['client']): Promise<void> {
    count(answers.closes, (await client.closed).code)
  }

  const { client } = await come(newRoom())
  for (const [code, frame] of WRONG_FRAMES) {
    client.send(frame)
    note((await client.next('error', (error) => error.code === code)).code)
  }
  client.send({ type: 'leave' })
  await close(client)

  for (const [code, frame] of WRONG_JOINS) {
    const refused = await knock(newRoom())
    refused.send(frame)
    note((await refused.next('error', (error) => error.code === code)).code)
    if (code !== 'join_first') await close(refused)
  }
  const badRoom = await knock('bad.room')
  note((await badRoom.next('error')).code)
  await close(badRoom)

  await ownedRoom()
  await floods()
  for (const one of everybody) one.drop()

  /** What only a room with an owner refuses. */
  async function ownedRoom(): Promise<void> {
    const room = newRoom()
    const secret = newSecret()
    const create = { ownerHash: ownerHashOf(room, secret) }
    const owner = await come(room, { owner: secret, create })
    const wrong = await knock(room)
    wrong.send(joinFrame({ owner: newSecret() }))
    note((await wrong.next('error')).code)
    await close(wrong)
    const { client: quiet, welcome } = await come(room)
    await come(room)
    const full = await knock(room)
    full.send(joinFrame())
    note((await full.next('error')).code)
    await close(full)
    owner.client.send({ type: 'mute', member: welcome.you.id, on: true })
    await quiet.next(
      'presence',
      tellsOf(({ muted }) => muted === true),
    )
    quiet.send(sendFrame())
    note((await quiet.next('error')).code)
    owner.client.send({ type: 'kick', member: welcome.you.id })
    note((await quiet.next('error', ({ code }) => code === 'kicked')).code)
    await close(quiet)
    owner.client.send({ type: 'set', locked: true })
    await owner.client.next('room')
    const locked = await knock(room)
    locked.send(joinFrame())
    note((await locked.next('error')).code)
    await close(locked)
  }

  /** What only too much of something gets. */
  async function floods(): Promise<void> {
    const flooding = await come(newRoom())
    // Messages are held back and read more slowly; what is no queue that is sent again is closed.
    for (let i = 0; i < 40; i++) flooding.client.send(sendFrame())
    for (let i = 0; i < 3_000; i++) flooding.client.send({ type: 'ping' })
    await close(flooding.client)
    for (const frame of flooding.client.frames) if (frame.type === 'error') note(frame.code)
    for (const bytes of [
      frameBytes(OPCODE.text, '{}', { masked: false }),
      frameBytes(OPCODE.close, Buffer.from([0x03, 0xe8, 0xff])),
      // A browser that leaves the page: what it says is said back.
      frameBytes(OPCODE.close, Buffer.from([0x03, 0xe9])),
      frameBytes(OPCODE.text, 'x'.repeat(65 * 1024)),
      Buffer.concat(
        Array.from({ length: 300 }, (_, i) =>
          frameBytes(i === 0 ? OPCODE.text : OPCODE.continuation, 'x', { fin: false }),
        ),
      ),
    ]) {
      const socket = await openRawSocket(url, newRoom(), stranger().headers)
      socket.write(bytes)
      count(answers.closes, await socket.closeCode())
      socket.destroy()
    }
    // Says nothing at all.
    await close(await knock(newRoom()))
  }
}
