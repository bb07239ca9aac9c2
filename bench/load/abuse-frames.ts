import { randomBytes } from 'node:crypto'
import type { AbuseKind } from './abuse-jobs.ts'
import { clientFrame, OPCODE, textFrame } from './client-frame.ts'

const BINARY = 2
/** As long as what honest people say, and without the mark that times are taken by. */
const TEXT = 'what nobody wants to read, '.padEnd(200, 'x')
const TYPING = textFrame('{"type":"typing","on":true}')
const PING = textFrame('{"type":"ping"}')
const CONTROL_PING = clientFrame(OPCODE.ping, Buffer.from('ping'))
const NONSENSE = [
  textFrame('{"type":"send","key":'),
  clientFrame(BINARY, randomBytes(100)),
  textFrame('[]'),
  clientFrame(OPCODE.text, Buffer.from([0xff, 0xfe, 0xfd])),
  textFrame('{"type":"nonsense"}'),
]

/** @returns what makes one frame after another of a kind of abuse. */
export function frameMaker(kind: Exclude<AbuseKind, 'upgrades'>): () => Buffer {
  let count = 0
  const start = randomBytes(9).toString('base64url')
  switch (kind) {
    case 'messages':
      return () => textFrame(JSON.stringify({ type: 'send', key: `${start}-${count++}`, text: TEXT }))
    case 'typing':
      return () => TYPING
    case 'pings':
      return () => PING
    case 'control':
      return () => CONTROL_PING
    case 'nonsense':
      return () => NONSENSE[count++ % NONSENSE.length] ?? PING
  }
}
