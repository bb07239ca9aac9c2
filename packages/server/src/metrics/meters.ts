import { OPERATOR_ACTIONS, type OperatorAction } from '../admin/operator-action.ts'
import { type DeliveryMeter, deliveryMeter } from '../rooms/delivery-meter.ts'
import type { SliceMeter } from '../rooms/flusher.ts'
import { Histogram } from './histogram.ts'

/** What a gateway counts while it works: plain numbers, that nobody reads until somebody asks for `/metrics`. */
export interface Meters {
  readonly delivery: DeliveryMeter
  /** What members wanted said. */
  submitted: number
  /** Records that were read from the log. */
  observed: number
  readonly refusals: ReadonlyMap<string, number>
  /** @param reason a word of ours, never of a client's. */
  readonly refused: (reason: string) => void
  /** What limits refused. */
  readonly limits: ReadonlyMap<string, number>
  readonly limited: (reason: string) => void
  /** What optional stages refused. */
  readonly stages: ReadonlyMap<string, number>
  readonly stageRefused: (reason: string) => void
  /** What the operator did. */
  readonly actions: ReadonlyMap<OperatorAction, number>
  readonly acted: (action: OperatorAction) => void
  readonly flushSeconds: Histogram
  /** Bytes handed to sockets by one slice of flushing. */
  readonly flushBytes: Histogram
  readonly slices: SliceMeter
  readonly expirySeconds: Histogram
  readonly expiredLate: (ms: number) => void
  readonly busSeconds: Histogram
  readonly confirmed: (ms: number) => void
}

const BUS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const FLUSH_SECONDS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1]
const FLUSH_BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304]
/** A message is off every screen a second after its deadline: what is later than that breaks a promise. */
const EXPIRY_SECONDS = [0.005, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

export function meters(): Meters {
  const delivery = deliveryMeter()
  const [refusals, limits, stages] = [counts(), counts(), counts()]
  const actions = new Map<OperatorAction, number>(OPERATOR_ACTIONS.map((action) => [action, 0]))
  const flushSeconds = new Histogram(FLUSH_SECONDS)
  const flushBytes = new Histogram(FLUSH_BYTES)
  const expirySeconds = new Histogram(EXPIRY_SECONDS)
  const busSeconds = new Histogram(BUS_SECONDS)
  let bytesBefore = 0
  return {
    delivery,
    submitted: 0,
    observed: 0,
    refusals,
    refused: (reason) => count(refusals, reason),
    limits,
    limited: (reason) => count(limits, reason),
    stages,
    stageRefused: (reason) => count(stages, reason),
    actions,
    acted: (action) => count(actions, action),
    flushSeconds,
    flushBytes,
    slices: {
      began() {
        bytesBefore = delivery.bytes
      },
      ended(ms) {
        flushSeconds.observe(ms / 1000)
        flushBytes.observe(delivery.bytes - bytesBefore)
      },
    },
    expirySeconds,
    expiredLate: (ms) => expirySeconds.observe(ms / 1000),
    busSeconds,
    confirmed: (ms) => busSeconds.observe(ms / 1000),
  }
}

const counts = () => new Map<string, number>()

function count<Word extends string>(words: Map<Word, number>, word: Word): void {
  words.set(word, (words.get(word) ?? 0) + 1)
}
