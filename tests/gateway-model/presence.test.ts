import { LIMITS, type Member, type MemberId } from '@whisperrooms/protocol'
import { expect, test } from 'vitest'
import { type Guest, guest, send, sessionOf } from '../../packages/server/src/testing/guest.ts'
import { gateways, OWNER, ownerHashOf } from '../../packages/server/src/testing/several-gateways.ts'
import { type TestGateway, testGateway } from '../../packages/server/src/testing/test-gateway.ts'

/** Longer than changes among people are gathered before they are told, in milliseconds. */
const ANNOUNCED_MS = 1_000

/** Names of those whom a client that believes what it is told takes to be here. */
function listOf({ frames }: Guest): string[] {
  let here = new Map<MemberId, Member>()
  for (const frame of frames) {
    if (frame.type !== 'welcome' && frame.type !== 'presence') continue
    if (frame.members !== undefined) here = new Map(frame.members.map((member) => [member.id, member]))
    if (frame.type === 'welcome') continue
    for (const member of [...(frame.joined ?? []), ...(frame.changed ?? [])]) here.set(member.id, member)
    for (const id of frame.left ?? []) here.delete(id)
  }
  return [...here.values()].map(({ name }) => name).sort()
}

/** So much is said while the reader does not read that some of it vanishes unread. */
async function fallBehind(gateway: TestGateway, speaker: Guest, reader: Guest): Promise<void> {
  reader.socket.stall()
  for (let second = 0; second < 5; second++) {
    for (let i = 0; i < 40; i++) speaker.say(send('x'.repeat(2_000)))
    await gateway.time.advance(1_000)
  }
  reader.socket.drain()
  await gateway.time.settle()
}

test('above 200 members a reader who fell behind is told how many are here, and no list', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada', { create: { ttl: 2 } })
  for (let i = 0; i < LIMITS.membersListed - 1; i++) await guest(gateway, 'tea', `member-${i}`)
  const bob = await guest(gateway, 'tea', 'Bob')
  await gateway.time.advance(ANNOUNCED_MS)
  const before = bob.frames.length
  await fallBehind(gateway, ada, bob)
  const missed = bob.frames.slice(before)
  expect(missed.some(({ type }) => type === 'gap')).toBe(true)
  expect(missed.filter(({ type }) => type === 'presence')).toEqual([
    { type: 'presence', count: LIMITS.membersListed + 1 },
  ])
})

test('up to 200 members a reader who fell behind is told who is here', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada', { create: { ttl: 2 } })
  const bob = await guest(gateway, 'tea', 'Bob')
  await gateway.time.advance(ANNOUNCED_MS)
  await fallBehind(gateway, ada, bob)
  expect(bob.of('presence').at(-1)).toMatchObject({ count: 2, members: [{ name: 'Ada' }, { name: 'Bob' }] })
})

test('who comes and leaves before anybody was told is on nobody’s list, also not of those who met them', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  await gateway.time.advance(ANNOUNCED_MS)
  const passing = await guest(gateway, 'tea', 'Passing')
  const cy = await guest(gateway, 'tea', 'Cy')
  expect(cy.welcome().members.map(({ name }) => name)).toContain('Passing')
  passing.say({ type: 'leave' })
  await gateway.time.advance(ANNOUNCED_MS)
  const late = await guest(gateway, 'tea', 'Late')
  await gateway.time.advance(ANNOUNCED_MS)
  for (const member of [ada, cy, late]) expect(listOf(member)).toEqual(['Ada', 'Cy', 'Late'])
  expect(late.welcome().count).toBe(3)
})

test('who leaves and comes back before anybody was told is on everybody’s list, once', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  const bob = await guest(gateway, 'tea', 'Bob')
  await gateway.time.advance(ANNOUNCED_MS)
  bob.say({ type: 'leave' })
  await gateway.time.settle()
  const back = await guest(gateway, 'tea', 'Bob')
  await gateway.time.advance(ANNOUNCED_MS)
  for (const member of [ada, back]) expect(listOf(member)).toEqual(['Ada', 'Bob'])
  expect(ada.of('presence').at(-1)?.count).toBe(2)
})

test('a new name holds on all tabs of a member: for what is said, written and shown from then on', async () => {
  const gateway = await testGateway()
  const watcher = await guest(gateway, 'tea', 'Watcher')
  const tab = await guest(gateway, 'tea', 'Ann')
  const otherTab = await guest(gateway, 'tea', 'Ann')
  expect(otherTab.welcome().you).toEqual(tab.welcome().you)
  await gateway.time.advance(ANNOUNCED_MS)
  tab.say({ type: 'rename', name: 'Beth' })
  otherTab.say(send('from the other tab'))
  otherTab.say({ type: 'typing', on: true })
  tab.say(send('from the tab that was renamed'))
  await gateway.time.advance(ANNOUNCED_MS)
  const from = { id: tab.welcome().you.id, name: 'Beth' }
  expect(watcher.of('message').map((message) => message.from)).toEqual([from, from])
  expect(watcher.of('typing').map((typing) => typing.from)).toEqual([from])
  expect(listOf(watcher)).toEqual(['Beth', 'Watcher'])
})

test('who takes a name that can be taken for the owner’s is marked at every gateway, whoever came first', async () => {
  const { time, one, other } = await gateways()
  const owned = { create: { ownerHash: ownerHashOf('den') }, owner: OWNER }
  const first = await guest(other, 'den', 'Аda', { create: owned.create, session: sessionOf('first') })
  await time.advance(ANNOUNCED_MS)
  await time.advance(ANNOUNCED_MS)
  const owner = await guest(one, 'den', 'Ada', owned)
  await time.advance(ANNOUNCED_MS)
  const late = await guest(other, 'den', 'A d a', { session: sessionOf('late') })
  await time.advance(ANNOUNCED_MS)
  const marked = [first, late].map(({ welcome }) => welcome().you.id).toSorted()
  const markedIn = (members: readonly Member[] = []) =>
    members
      .filter(({ alike }) => alike)
      .map(({ id }) => id)
      .toSorted()
  expect(markedIn(late.welcome().members)).toEqual(marked)
  const witness = await guest(one, 'den', 'Witness')
  await time.advance(ANNOUNCED_MS)
  expect(markedIn(witness.welcome().members)).toEqual(marked)
  expect(first.of('presence').flatMap(({ changed }) => markedIn(changed))).toEqual([first.welcome().you.id])
  owner.say({ type: 'leave' })
  await time.advance(ANNOUNCED_MS)
  expect(
    first
      .of('presence')
      .at(-1)
      ?.changed?.map(({ alike }) => alike),
  ).toEqual([undefined, undefined])
})

test('a name that nothing is left of is refused, and the member keeps theirs', async () => {
  const gateway = await testGateway()
  const ada = await guest(gateway, 'tea', 'Ada')
  for (const name of ['', ' ', '\u202e\u2067', '🦊'.repeat(1_000)]) ada.say({ type: 'rename', name })
  await gateway.time.advance(ANNOUNCED_MS)
  expect(ada.errors()).toEqual(['bad_name', 'bad_name', 'bad_name', 'bad_name'])
  const nobody = await guest(gateway, 'tea', '\u202e', { session: sessionOf('Nobody') })
  expect(nobody.errors()).toEqual(['bad_name'])
  expect(listOf(ada)).toEqual(['Ada'])
})
