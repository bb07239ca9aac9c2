/** Samples kept: at one heartbeat per 15 s, the last two and a half minutes. */
const SAMPLES = 10
/** What two samples may differ by beyond the doubt of their round trips before the older one counts as wrong. */
const TOLERANCE_MS = 250

/**
 * What the bus's time is on this machine's monotonic clock. No wall clock takes part.
 *
 * A reply's `now` was read between the sending of the question and the arrival of the reply; the middle is off by at most
 * half the round trip, so the sample with the smallest round trip decides (RFC 5905's clock filter).
 */
export interface BusTime {
  /** `busMs` came back at `receivedMs` in reply to what was sent at `sentMs`, both on the monotonic clock. */
  sample(busMs: number, sentMs: number, receivedMs: number): void
  /** @returns bus time at `localMs` of the monotonic clock. */
  toBus(localMs: number): number
  /** @returns when the bus's clock shows `busMs`, on the monotonic clock. */
  toLocal(busMs: number): number
}

export function createBusTime(): BusTime {
  let samples: { readonly offsetMs: number; readonly doubtMs: number }[] = []
  let offsetMs = 0

  return {
    sample(busMs, sentMs, receivedMs) {
      const next = { offsetMs: busMs - (sentMs + receivedMs) / 2, doubtMs: (receivedMs - sentMs) / 2 }
      // Samples that contradict the newest are from before a jump of one of the clocks.
      const agreeing = samples.filter(
        (old) => Math.abs(old.offsetMs - next.offsetMs) <= old.doubtMs + next.doubtMs + TOLERANCE_MS,
      )
      samples = [...agreeing, next].slice(-SAMPLES)
      offsetMs = samples.reduce((best, one) => (one.doubtMs < best.doubtMs ? one : best)).offsetMs
    },
    toBus: (localMs) => localMs + offsetMs,
    toLocal: (busMs) => busMs - offsetMs,
  }
}
