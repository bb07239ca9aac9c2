import { connectRoom, type RoomConnection, type TimelineItem } from '@whisperrooms/client'
import { startGateway } from './gateway.ts'
import { newRoom } from './member.ts'
import { until } from './until.ts'

export interface DeployOptions {
  readonly members: number
  readonly rooms: number
  /** How often somebody says something, in milliseconds. */
  readonly everyMs: number
  /** How long they talk before the gateway is asked to end, in milliseconds. */
  readonly talkMs: number
}

/** What a deploy of the only gateway did to those who were talking. All but the first two should be nothing. */
export interface DeployReport {
  /** Messages that were acknowledged before the gateway was asked to end. */
  readonly acknowledged: number
  /** Messages that were under way then. */
  readonly underWay: number
  /** How long it took to end, in milliseconds. */
  readonly endedMs: number
  readonly exitCode: number | null
  /** Of those acknowledged: how many members did not get one, in all. */
  readonly undelivered: number
  /** Messages that somebody was shown twice. */
  readonly shownTwice: number
  /** Messages of which nobody knows: neither sent, nor refused with their text given back, nor waiting. */
  readonly lost: number
  /** Members who came back and were not told that something may be missing. */
  readonly untold: number
}

interface Person {
  readonly room: string
  readonly connection: RoomConnection
  readonly seen: Set<string>
  shownTwice: number
}

interface Said {
  readonly by: Person
  readonly text: string
  fate: 'under way' | 'sent' | 'given back'
}

/** A gateway that keeps everything in its memory is replaced by another one at the same place, under load. */
export async function deployUnderLoad({ members, rooms, everyMs, talkMs }: DeployOptions): Promise<DeployReport> {
  const first = await startGateway()
  const names = Array.from({ length: rooms }, newRoom)
  const people = Array.from({ length: members }, (_, i) => join(first.url, names[i % rooms] ?? '', i))
  const allLive = () => people.every(({ connection }) => connection.getSnapshot().connection.status === 'live')
  const patienceMs = 15_000 + members * 20
  await until(allLive, () => 'not everybody came in', patienceMs)

  const said: Said[] = []
  const talking = setInterval(() => say(people[said.length % people.length], said), everyMs)
  await until(
    () => said.length >= talkMs / everyMs,
    () => 'nobody talks',
    talkMs * 10 + 10_000,
  )

  const acknowledged = said.filter(({ fate }) => fate === 'sent')
  const underWay = said.filter(({ fate }) => fate === 'under way').length
  const began = performance.now()
  const exitCode = await first.stop()
  const endedMs = performance.now() - began
  clearInterval(talking)
  const undelivered = acknowledged.reduce(
    (sum, one) => sum + people.filter((person) => isWithout(person, one)).length,
    0,
  )

  const second = await startGateway({ PORT: String(first.port) })
  await until(allLive, () => 'not everybody came back', patienceMs)
  const isSettled = () => said.every(({ fate }) => fate !== 'under way')
  await until(isSettled, () => 'messages are still under way', patienceMs)
  const untold = people.filter(({ connection }) => !connection.getSnapshot().timeline.some(isVanished)).length
  const lost = said.filter((one) => one.fate === 'sent' && !one.by.seen.has(one.text)).length
  for (const { connection } of people) connection.leave()
  await second.stop()
  return {
    acknowledged: acknowledged.length,
    underWay,
    endedMs,
    exitCode,
    undelivered,
    shownTwice: people.reduce((sum, { shownTwice }) => sum + shownTwice, 0),
    lost,
    untold,
  }
}

const isVanished = ({ kind }: TimelineItem) => kind === 'vanished'

const isWithout = ({ room, seen }: Person, { by, text }: Said) => room === by.room && !seen.has(text)

function join(url: string, room: string, number: number): Person {
  const connection = connectRoom(url, room, { name: `Member ${number}`, create: { ttlSeconds: 300 } })
  const person: Person = { room, connection, seen: new Set(), shownTwice: 0 }
  connection.subscribe(() => look(person))
  return person
}

function look(person: Person): void {
  const texts = person.connection.getSnapshot().timeline.flatMap((item) => (item.kind === 'message' ? [item.text] : []))
  const different = new Set(texts)
  person.shownTwice = Math.max(person.shownTwice, texts.length - different.size)
  for (const text of different) person.seen.add(text)
}

function say(by: Person | undefined, said: Said[]): void {
  if (by === undefined) return
  const one: Said = { by, text: `message ${said.length}`, fate: 'under way' }
  said.push(one)
  by.connection.send(one.text).then(
    () => {
      one.fate = 'sent'
    },
    () => {
      one.fate = 'given back'
    },
  )
}
