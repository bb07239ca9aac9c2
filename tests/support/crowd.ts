import type { Chance } from './chance.ts'
import type { Ledger } from './ledger.ts'
import { newRoom } from './member.ts'
import { RawTalker } from './raw-talker.ts'
import { sdkTalker, type Talker, type TalkerOptions } from './talker.ts'
import { until } from './until.ts'

/** How often it is looked whether something is to be said, in milliseconds. */
const LOOK_MS = 20
/** How long coming back may take: a client waits for a while between attempts. Milliseconds. */
const BACK_MS = 15_000
/** Lost again sooner than this after it came back, a client waits longer and longer between its attempts. Milliseconds. */
const STEADY_MS = 5_000
const LONGEST_TEXT = 300

export interface CrowdOptions {
  readonly ledger: Ledger
  readonly chance: Chance
  /** The gateways. A member that has lost one goes to the next. */
  readonly urls: readonly string[]
  readonly rooms: number
  /** Of each room; every other one's client is the SDK, and every other pair begins at another gateway. */
  readonly members: number
  readonly ttlSeconds: number
}

/** People in several rooms who talk without end, over whatever happens to their gateways. */
export class Crowd {
  readonly talkers: readonly Talker[]
  readonly #ledger: Ledger
  readonly #chance: Chance
  #talking: NodeJS.Timeout | undefined
  #said = 0

  constructor({ ledger, chance, urls, rooms, members, ttlSeconds }: CrowdOptions) {
    this.#ledger = ledger
    this.#chance = chance
    this.talkers = Array.from({ length: rooms }, newRoom).flatMap((room, number) =>
      Array.from({ length: members }, (_, i) => {
        const isSdk = i % 2 === 0
        const account = ledger.account(room, `${isSdk ? 'sdk' : 'raw'}-${number}-${i}`)
        const nextUrl = takingTurns(urls, i >> 1)
        const options: TalkerOptions = { account, room, ttlSeconds, nextUrl, unit: chance.unit }
        return isSdk ? sdkTalker(options) : new RawTalker(options)
      }),
    )
  }

  /** Somebody says something so often, until `silence`. */
  talk(perSecond: number): void {
    const startMs = performance.now()
    let said = 0
    clearInterval(this.#talking)
    this.#talking = setInterval(() => {
      const due = ((performance.now() - startMs) * perSecond) / 1_000
      for (; said < due; said++) this.say(this.#chance.pick(this.talkers))
    }, LOOK_MS)
  }

  silence(): void {
    clearInterval(this.#talking)
  }

  /** @returns the text. */
  say(talker: Talker): string {
    const { name } = talker.account
    const text = `${name}.${++this.#said} `.padEnd(this.#chance.between(1, LONGEST_TEXT), 'x')
    talker.say(text)
    return text
  }

  /** Waits until so many more messages are known to be in the log. */
  async moreConfirmed(count: number): Promise<void> {
    const goal = this.#ledger.fates.confirmed + count
    const isSo = () => this.#ledger.fates.confirmed >= goal
    await until(isSo, () => `${goal - this.#ledger.fates.confirmed} of ${count} messages were not confirmed`)
  }

  at(url: string): Talker[] {
    return this.talkers.filter(({ account }) => account.gateway === url)
  }

  elsewhere(url: string): Talker[] {
    return this.talkers.filter(({ account }) => account.gateway !== url)
  }

  async allLive(): Promise<void> {
    await until(
      () => this.talkers.every(({ account }) => account.isLive),
      () => `not live: ${namesOf(this.talkers.filter(({ account }) => !account.isLive))}`,
      BACK_MS,
    )
  }

  /** Does what makes these lose their connection, and waits until everybody is back. */
  async lose(losers: readonly Talker[], lose: () => unknown): Promise<void> {
    const before = new Map(losers.map((talker) => [talker, talker.account.losses]))
    const notLost = () => losers.filter((talker) => talker.account.losses === before.get(talker))
    await lose()
    await until(
      () => notLost().length === 0,
      () => `not lost: ${namesOf(notLost())}`,
    )
    await this.allLive()
  }

  /** Waits until these have been live for so long that losing their connection is nothing unusual to them. */
  async steady(talkers: readonly Talker[]): Promise<void> {
    const unsteady = () => talkers.filter(({ account }) => account.liveMs < STEADY_MS)
    await until(
      () => unsteady().length === 0,
      () => `not steady: ${namesOf(unsteady())}`,
      STEADY_MS + BACK_MS,
    )
  }

  /** About half of these lose their connection, and come back at the next gateway. */
  async move(talkers: readonly Talker[]): Promise<void> {
    const moving = talkers.filter(() => this.#chance.unit() < 0.5)
    await this.lose(moving, () => {
      for (const talker of moving) talker.drop()
    })
  }

  /** Waits until everybody has been told all there is. What has not come by then, the ledger tells of. */
  async settle(patienceMs = 10_000): Promise<void> {
    this.silence()
    await until(
      () => this.#ledger.isSettled(),
      () => '',
      patienceMs,
    ).catch(() => this.#ledger.expectNoFaults())
  }

  leave(): void {
    this.silence()
    for (const talker of this.talkers) talker.leave()
  }
}

export const namesOf = (talkers: readonly Talker[]): string => talkers.map(({ account }) => account.name).join(' ')

/** @returns one after the other, beginning with that of `number`. */
function takingTurns(urls: readonly string[], number: number): () => string {
  let next = number
  return () => urls[next++ % urls.length] ?? ''
}
