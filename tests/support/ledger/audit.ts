import type { Account } from './account.ts'
import type { Claim } from './claim.ts'
import type { Page } from './fault.ts'
import type { Logged, Place, RoomBook, Written } from './room-book.ts'

/** Holds what everybody in a room was told against each other. What is wrong by itself was found when it happened. */
export function audit(page: Page): void {
  const logs = new Map(page.room.epochs.map((epoch) => [epoch, page.room.logged(epoch)]))
  for (const account of page.room.accounts) {
    for (const claim of account.claims) checkClaim(page, account, claim, logs.get(claim.epoch) ?? [])
    if (!account.isLeft) {
      account.screen.check()
      checkReached(page, account, logs)
    }
    checkAcks(page, account)
    checkOwnOrder(page, account)
  }
  checkFates(page)
}

/** What a member was told to have had, it must have had. */
function checkClaim({ room, fault }: Page, account: Account, claim: Claim, log: readonly Logged[]): void {
  const { missed, alive, from, to, what } = claim
  const unseen = between(log, Math.min(from, alive?.from ?? from), to).filter(({ text }) => !account.screen.has(text))
  const mustCome = unseen.filter(({ offset, expires }) => alive && offset > alive.from && expires > alive.untilMs)
  for (const { text } of mustCome) fault(alive?.recovered ? 'false recovered' : 'lost', account.name, text, what)
  // Of one's own that expired, nobody is told.
  const ofOthers = unseen.filter(({ text, offset }) => offset > from && room.written.get(text)?.author !== account)
  if (missed !== null && ofOthers.length > missed)
    for (const { text } of ofOthers) fault('lost', account.name, text, `${what}; has not had ${ofOthers.length}`)
}

/** Whoever is still there must have been brought to the end of the log. */
function checkReached({ room, fault }: Page, account: Account, logs: ReadonlyMap<string, readonly Logged[]>): void {
  const { name, position } = account
  for (const [epoch, log] of logs) {
    const isOver = position !== undefined && room.ordinalOf(epoch) < room.ordinalOf(position.epoch)
    if (isOver) continue
    const reached = position?.epoch === epoch ? position.offset : Number.NEGATIVE_INFINITY
    for (const { text } of between(log, reached, Number.POSITIVE_INFINITY))
      fault('lost', name, text, `was never brought further than ${position?.offset ?? 'the door'}`)
  }
}

function checkAcks({ room, fault }: Page, { acks, name }: Account): void {
  for (const { text, epoch, offset } of acks) {
    if (room.find(text, epoch)?.offset !== offset)
      fault('false ack', name, text, `was told that it is at ${epoch} ${offset}`)
  }
}

/** An author's messages are in each log in the order in which they were written, and came into the logs in that order. */
function checkOwnOrder({ room, fault }: Page, account: Account): void {
  const own = [...room.written.values()].filter(({ author }) => author === account)
  const firstEpochOf = (text: string) => room.epochs.findIndex((epoch) => room.find(text, epoch) !== undefined)
  checkOrder(own, firstEpochOf, (text, latest) =>
    fault('reordered', account.name, text, 'wrote it after what came into a later epoch', latest),
  )
  for (const epoch of room.epochs)
    checkOrder(
      own,
      (text) => room.find(text, epoch)?.offset ?? -1,
      (text, latest) =>
        fault('reordered', account.name, text, 'has it in the log before what it had written earlier', latest),
    )
}

/** @param placeOf where a message is; negative: nowhere. */
function checkOrder(
  own: readonly Written[],
  placeOf: (text: string) => number,
  isBefore: (text: string, latest: string) => void,
): void {
  let latest: { readonly text: string; readonly place: number } | undefined
  for (const { text } of own) {
    const place = placeOf(text)
    if (place < 0) continue
    if (latest !== undefined && place < latest.place) isBefore(text, latest.text)
    else latest = { text, place }
  }
}

function checkFates({ room, fault }: Page): void {
  for (const { text, author, fate } of room.written.values()) {
    const inLog = room.epochs.some((epoch) => room.find(text, epoch) !== undefined)
    if (fate === 'open') fault('unsettled', author.name, text, 'was never told what became of it')
    if (fate === 'returned' && inLog) fault('false return', author.name, text, 'got back what is in the log')
  }
}

/** What lies after `from` and up to `to`. */
function between(log: readonly Logged[], from: number, to: number): readonly Logged[] {
  return log.slice(firstAfter(log, from), firstAfter(log, to))
}

function firstAfter(log: readonly Logged[], offset: number): number {
  let low = 0
  let high = log.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((log[middle]?.offset ?? 0) <= offset) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether everybody has been told all there is: nothing of theirs is open, and everything in the log has reached their screens. */
export function isSettled(room: RoomBook): boolean {
  if (room.fates.open > 0) return false
  const epoch = room.epochs.at(-1)
  const end = epoch === undefined ? undefined : room.logged(epoch).at(-1)?.offset
  const hasAll = (position: Place | undefined) =>
    end === undefined || (position?.epoch === epoch && (position?.offset ?? -1) >= end)
  return room.accounts.every(
    ({ isLeft, isLive, screen, position }) => isLeft || (isLive && screen.isComplete && hasAll(position)),
  )
}
