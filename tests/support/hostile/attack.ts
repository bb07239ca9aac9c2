import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { within } from '../inbox.ts'
import { joinFrame } from '../member.ts'
import { OPCODE, openRawSocket, type Received, readObject } from '../raw-socket.ts'
import { HOSTILE_INPUT, type HostileInput } from './inputs.ts'

/** What a gateway answered to attacks: error codes and close codes, with how many of each. */
export interface Answers {
  readonly errors: Map<string, number>
  readonly closes: Map<number, number>
}

export const noAnswers = (): Answers => ({ errors: new Map(), closes: new Map() })

export interface Attack {
  readonly url: string
  readonly room: string
  /** What the trusted proxy says they come from. */
  readonly address: string
  readonly isJoined: boolean
  readonly inputs: readonly HostileInput[]
}

/** Opens a socket, sends all inputs, closes its half of the connection, and waits until the gateway has closed the other. */
export async function attack({ url, room, address, isJoined, inputs }: Attack, answers: Answers): Promise<void> {
  const socket = await openRawSocket(url, room, { 'x-forwarded-for': address })
  if (isJoined) {
    socket.send(joinFrame({ create: {} }))
    await socket.next('live')
  }
  for (const { bytes } of inputs) socket.write(bytes)
  socket.end()
  await within(socket.ended, 'the end of a hostile connection')
  for (const received of socket.received) note(received, answers)
}

function note({ opcode, payload }: Received, { errors, closes }: Answers): void {
  if (opcode === OPCODE.close) count(closes, payload.length < 2 ? 1005 : payload.readUInt16BE(0))
  if (opcode !== OPCODE.text) return
  const { type, code } = readObject(payload)
  if (type === 'error') count(errors, String(code))
}

/** One more of `key`. */
export function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** Attacks made from a seed: the same ones for the same seed. */
export function attacks(url: string, count: number, inputsEach: number, seed: number): Attack[] {
  const one = fc.record({
    url: fc.constant(url),
    // Rooms hold three, and members stay for their grace.
    room: fc.uuid(),
    address: fc.ipV4(),
    isJoined: fc.boolean(),
    inputs: fc.array(HOSTILE_INPUT, { minLength: inputsEach, maxLength: inputsEach }),
  })
  return fc.sample(one, { numRuns: count, seed })
}

/** Runs tasks, so many at a time. */
export async function inParallel<T>(
  width: number,
  items: readonly T[],
  run: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of waiting) await run(item)
    }),
  )
}

/** Asks for an upgrade, a byte every now and then, and never ends. @returns how long the gateway bore it, in milliseconds. */
export async function slowUpgrade(url: string): Promise<number> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on('error', () => undefined)
  socket.resume()
  await once(socket, 'connect')
  const since = performance.now()
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  for (const byte of 'GET /ws/slow HTTP/1.1\r\nhost: slow\r\nx-slow: '.padEnd(200, 'x')) {
    if (isOver) break
    socket.write(byte)
    await Promise.race([ended, delay(100)])
  }
  await within(ended, 'the end of a slow upgrade')
  return performance.now() - since
}
