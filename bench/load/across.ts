import { setTimeout as wait } from 'node:timers/promises'
import { readProcessor, sharesBetween } from '../support/processor.ts'
import { timesOf } from '../support/statistics.ts'
import { MARK, readDigits, SEQUENCE_DIGITS, sentAtMs, sequenceOf } from './chat-text.ts'
import { errorsOf, freshPrefix, joinAll, keepAlive } from './crowd.ts'
import { DeliveryCheck } from './delivery-check.ts'
import { DIALECTS } from './dialect.ts'
import type { AcrossJob, AcrossResult, AcrossWindow, Where } from './jobs.ts'
import { MarkScan } from './mark-scan.ts'
import type { Member } from './member.ts'
import { KEY_START_CHARS, Sender } from './sender.ts'
import { keepTimetable } from './timetable.ts'

/** The shortest a gateway allows by itself. */
const TTL_SECONDS = 120
/** When nothing has arrived for so long, nothing more will, in milliseconds. */
const PATIENCE_MS = 10_000
const LOOK_MS = 20

const ACK = '"type":"ack","key":"'
const ACK_SEQUENCE_AT = ACK.length + KEY_START_CHARS
const APPENDED = '"at":'
/** A time in milliseconds since 1970 has so many digits until the year 2286. */
const APPENDED_DIGITS = 13

const at = (port: number): Where => ({ server: 'gateway', port })

/** What is said at one gateway is heard at another. */
export async function across(job: AcrossJob): Promise<AcrossResult> {
  const prefix = freshPrefix()
  const speaking = await joinAll(at(job.sendersPort), job.rooms, job.rooms, prefix, TTL_SECONDS)
  const reading = await joinAll(at(job.readersPort), job.rooms, job.rooms, prefix, TTL_SECONDS)
  const alive = [keepAlive(speaking), keepAlive(reading)]
  const checks = speaking.map(watchAcknowledgements)
  const hearing = new Hearing(job)
  for (const [i, member] of reading.entries()) hearing.listen(member, checks[i])

  const lateness: number[] = []
  const pids = { ...job.pids, load: process.pid }
  const senders = speaking.map((member, i) => new Sender(member, DIALECTS.gateway, i))
  const stop = keepTimetable(senders, job.rate, (dueMs, writtenMs) => {
    if (hearing.windowOf(dueMs) !== undefined) lateness.push(writtenMs - dueMs)
  })
  await wait(job.warmUp * 1_000)
  const before = readProcessor(pids)
  await wait(job.windows * job.window * 1_000)
  const after = readProcessor(pids)
  stop()
  const sent = senders.reduce((sum, sender) => sum + sender.sent, 0)
  const drainMs = await drained(checks, sent)

  for (const end of alive) end()
  const result = {
    windows: hearing.windows(),
    whole: hearing.whole(),
    lateness: timesOf(lateness),
    shares: sharesBetween(before, after),
    sent,
    acknowledged: sumOf(checks, ({ acknowledged }) => acknowledged),
    lost: sumOf(checks, ({ lost }) => lost),
    repeated: sumOf(checks, ({ repeated }) => repeated),
    disordered: sumOf(checks, ({ disordered }) => disordered),
    drainMs,
    errors: errorsOf([...speaking, ...reading]),
  }
  for (const member of [...speaking, ...reading]) member.leave()
  return result
}

function watchAcknowledgements(member: Member): DeliveryCheck {
  const check = new DeliveryCheck()
  const scan = new MarkScan(
    ACK,
    (bytes, mark) => check.acknowledge(readDigits(bytes, mark + ACK_SEQUENCE_AT, SEQUENCE_DIGITS)),
    ACK_SEQUENCE_AT + SEQUENCE_DIGITS,
  )
  member.listen((chunk) => scan.push(chunk))
  return check
}

interface Samples {
  readonly latency: number[]
  readonly lag: number[]
}

/** Times of arrival, by the window in which a message was due. */
class Hearing {
  readonly #job: AcrossJob
  readonly #beganMs: number
  readonly #samples: readonly Samples[]

  constructor(job: AcrossJob) {
    this.#job = job
    this.#beganMs = performance.now() + job.warmUp * 1_000
    this.#samples = Array.from({ length: job.windows }, () => ({ latency: [], lag: [] }))
  }

  windowOf(dueMs: number): Samples | undefined {
    return this.#samples[Math.floor((dueMs - this.#beganMs) / (this.#job.window * 1_000))]
  }

  listen(member: Member, check: DeliveryCheck | undefined): void {
    const scan = new MarkScan(MARK, (bytes, mark) => {
      check?.arrive(sequenceOf(bytes, mark))
      const dueMs = sentAtMs(bytes, mark)
      const samples = this.windowOf(dueMs)
      if (samples === undefined) return
      samples.latency.push(performance.now() - dueMs)
      const appendedMs = appendedBefore(bytes, mark)
      // Broker and load are on one machine, so both times are of one clock.
      if (appendedMs !== undefined) samples.lag.push(Date.now() - appendedMs)
    })
    member.listen((chunk) => scan.push(chunk))
  }

  windows(): AcrossWindow[] {
    return this.#samples.map(({ latency, lag }) => ({ latency: timesOf(latency), lag: timesOf(lag) }))
  }

  whole(): AcrossWindow {
    return {
      latency: timesOf(this.#samples.flatMap(({ latency }) => latency)),
      lag: timesOf(this.#samples.flatMap(({ lag }) => lag)),
    }
  }
}

/** The append time in the frame whose mark is at `mark`; `undefined` when the frame's start came with an earlier read. */
function appendedBefore(bytes: Buffer, mark: number): number | undefined {
  const found = bytes.lastIndexOf(APPENDED, mark, 'latin1')
  return found === -1 ? undefined : readDigits(bytes, found + APPENDED.length, APPENDED_DIGITS)
}

/** Resolves when all has arrived and is acknowledged, or nothing more comes. @returns after how many milliseconds. */
async function drained(checks: readonly DeliveryCheck[], sent: number): Promise<number> {
  const beganMs = performance.now()
  const seen = () => sumOf(checks, ({ arrived, acknowledged }) => arrived + acknowledged)
  let before = seen()
  let changedMs = beganMs
  while (before < 2 * sent && performance.now() - changedMs < PATIENCE_MS) {
    await wait(LOOK_MS)
    const now = seen()
    if (now !== before) changedMs = performance.now()
    before = now
  }
  return changedMs - beganMs
}

function sumOf(checks: readonly DeliveryCheck[], figure: (check: DeliveryCheck) => number): number {
  return checks.reduce((sum, check) => sum + figure(check), 0)
}
