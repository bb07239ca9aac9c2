import type { Epoch, Offset, RoomId } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { countingRandom } from '../testing/counting-random.ts'
import { idOfInvite, invites } from './invites.ts'

const ROOM = 'tea' as RoomId
const SECRET = Buffer.alloc(32, 7)
const CLAIMS = {
  role: 'reader',
  epoch: 'e1' as Epoch,
  madeAt: 42 as Offset,
  expires: 1_767_225_600_000,
  uses: 3,
} as const

test('an invite says what it was made for, and names itself', () => {
  const all = invites(SECRET, countingRandom())
  const text = all.make(ROOM, CLAIMS)
  expect(all.read(text, ROOM)).toEqual({ id: idOfInvite(text), ...CLAIMS })
  const plain = all.make(ROOM, { ...CLAIMS, role: 'member', expires: undefined, uses: undefined })
  expect(all.read(plain, ROOM)).toMatchObject({ role: 'member', expires: undefined, uses: undefined })
  expect(invites(SECRET, countingRandom()).read(text, ROOM)?.id).toBe(idOfInvite(text))
})

test('a thousand each of another room, another secret and another bit are none, with good ones between them', () => {
  const all = invites(SECRET, countingRandom())
  const strangers = invites(Buffer.alloc(32, 8), countingRandom())
  for (let i = 0; i < 1_000; i++) {
    const text = all.make(ROOM, { ...CLAIMS, madeAt: i as Offset })
    expect(all.read(text, `tea-${i}` as RoomId)).toBeUndefined()
    expect(all.read(strangers.make(ROOM, CLAIMS), ROOM)).toBeUndefined()
    const at = (i * 7) % text.length
    const altered = String.fromCharCode(text.charCodeAt(at) ^ (1 << (i % 7)))
    expect(all.read(text.slice(0, at) + altered + text.slice(at + 1), ROOM), `character ${at}`).toBeUndefined()
    expect(all.read(text, ROOM)?.madeAt).toBe(i)
  }
  for (const text of ['', '.', '.....', 'x'.repeat(4_096)]) expect(all.read(text, ROOM)).toBeUndefined()
})
