import type { Key, MemberId, Offset } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { applied, type Outcome } from '../rooms/outcome.ts'
import { rawRecord } from '../testing/raw-record.ts'
import { InFlight } from './in-flight.ts'
import type { Intent, Sender } from './intent.ts'

const ADA = 'AAAAAAAAAAAAAAAA' as MemberId
const BOB = 'BBBBBBBBBBBBBBBB' as MemberId
const KEY = 'one-and-the-same' as Key
const DONE = applied(7 as Offset, 60_000)

interface Settled {
  readonly intent: Intent
  readonly outcome: Outcome
}

/** A sender of which nothing is asked but who it is, and what it was told. */
function sender(member: MemberId): { readonly sender: Sender; readonly told: Settled[] } {
  const told: Settled[] = []
  const part: Pick<Sender, 'member' | 'settle' | 'refuse'> = {
    member,
    settle(intent, outcome) {
      intent.state = 'settled'
      told.push({ intent, outcome })
    },
    refuse(intent) {
      intent.state = 'refused'
    },
  }
  return { sender: part as Sender, told }
}

function intentOf({ sender: from }: ReturnType<typeof sender>, key: string, since = 0): Intent {
  return {
    sender: from,
    frame: { type: 'send', key: key as Key, text: 'hello' },
    key: key as Key,
    hold: 0,
    bytes: 5,
    since,
    state: 'open',
    record: undefined,
  }
}

const recordOf = (member: MemberId, key: string) => rawRecord('message', 'tea', { member, key: key as Key })

test('what a sender has open is told in the order in which it came, and nothing of anybody else', () => {
  const inFlight = new InFlight()
  const [ada, tab, bob] = [sender(ADA), sender(ADA), sender(BOB)]
  const own = ['first', 'second', 'third'].map((key) => intentOf(ada, key))
  for (const intent of own) {
    inFlight.add(intent)
    inFlight.add(intentOf(tab, `${intent.key} of another tab`))
    inFlight.add(intentOf(bob, intent.key))
  }
  expect(inFlight.openOf(ada.sender)).toEqual(own)
  inFlight.observed(recordOf(ADA, 'second'), DONE)
  expect(inFlight.openOf(ada.sender).map(({ key }) => key)).toEqual(['first', 'third'])
  expect(inFlight.openOf(bob.sender)).toHaveLength(3)
})

test('what was refused is not open, and is told late when it turns up all the same', () => {
  const inFlight = new InFlight()
  const ada = sender(ADA)
  const intent = intentOf(ada, KEY)
  inFlight.add(intent)
  ada.sender.refuse(intent, 'bus_unavailable')
  expect(inFlight.openOf(ada.sender)).toEqual([])
  expect(inFlight.observed(recordOf(ADA, KEY), DONE)).toBe(true)
  expect(ada.told).toEqual([{ intent, outcome: DONE }])
  expect(inFlight.size).toBe(0)
})

test('two tabs of a member who say the same under one key are both told, the second that it was there already', () => {
  const inFlight = new InFlight()
  const [tab, other] = [sender(ADA), sender(ADA)]
  for (const one of [tab, other]) inFlight.add(intentOf(one, KEY))
  expect(inFlight.observed(recordOf(BOB, KEY), DONE)).toBe(false)
  inFlight.observed(recordOf(ADA, KEY), DONE)
  expect(tab.told.map(({ outcome }) => outcome)).toEqual([DONE])
  expect(other.told.map(({ outcome }) => outcome)).toEqual([{ ...DONE, duplicate: true }])
  expect([inFlight.openOf(tab.sender), inFlight.openOf(other.sender)]).toEqual([[], []])
})

test('of two that say the same the one that will never be in the log is forgotten alone', () => {
  const inFlight = new InFlight()
  const [tab, other] = [sender(ADA), sender(ADA)]
  const [first, second] = [intentOf(tab, KEY), intentOf(other, KEY)]
  for (const intent of [first, second]) inFlight.add(intent)
  inFlight.delete(first)
  expect([inFlight.openOf(tab.sender), inFlight.openOf(other.sender)]).toEqual([[], [second]])
  inFlight.observed(recordOf(ADA, KEY), DONE)
  expect([tab.told, other.told]).toEqual([[], [{ intent: second, outcome: DONE }]])
})

test('what is open for too long is overdue, and what was refused is forgotten once it can no longer turn up', () => {
  const inFlight = new InFlight()
  const ada = sender(ADA)
  const [old, young, refused] = [intentOf(ada, 'old', 900), intentOf(ada, 'young', 1_100), intentOf(ada, 'refused', 0)]
  for (const intent of [old, young, refused]) inFlight.add(intent)
  refused.state = 'refused'
  expect(inFlight.overdue(1_000)).toEqual([old])
  expect(inFlight.size).toBe(3)
  // Twelve seconds it has to turn up; three more are for whoever is late.
  expect(inFlight.overdue(15_000)).toEqual([old, young])
  expect(inFlight.size).toBe(3)
  inFlight.overdue(15_001)
  expect(inFlight.observed(recordOf(ADA, 'refused'), DONE)).toBe(false)
})
