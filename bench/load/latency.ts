import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { quantile } from '../support/statistics.ts'
import { MARK, sentAtMs } from './chat-text.ts'
import { askFor } from './coordinator.ts'
import { watchCore } from './core-share.ts'
import type { Window } from './jobs.ts'
import { MarkScan } from './mark-scan.ts'
import type { Member } from './member.ts'

/** Times from sending to delivery at some members. Sender and receiver share this process's clock. */
export class Latency {
  #samples: number[] = []
  #open = false
  readonly #ownDelay = monitorEventLoopDelay({ resolution: 1 })

  constructor(members: readonly Member[]) {
    for (const member of members) {
      const scan = new MarkScan(MARK, (bytes, at) => {
        if (this.#open) this.#samples.push(performance.now() - sentAtMs(bytes, at))
      })
      member.listen((chunk) => scan.push(chunk))
    }
  }

  /** Watches for `seconds`, after `settle` seconds that do not count. */
  async window(seconds: number, settle: number): Promise<Window> {
    await wait(settle * 1_000)
    await Promise.all([askFor('server', 'watch-delay'), askFor('idle', 'watch-delay')])
    const endCore = await watchCore()
    this.#ownDelay.reset()
    this.#ownDelay.enable()
    this.#samples = []
    this.#open = true
    await wait(seconds * 1_000)
    this.#open = false
    this.#ownDelay.disable()
    const core = await endCore()
    const [server, idle] = await Promise.all([askFor('server', 'delay'), askFor('idle', 'delay')])
    return {
      p50Ms: quantile(this.#samples, 0.5),
      p99Ms: quantile(this.#samples, 0.99),
      samples: this.#samples.length,
      delayMs: server.delayMs ?? Number.NaN,
      idleDelayMs: idle.delayMs ?? Number.NaN,
      generatorDelayMs: this.#ownDelay.percentile(99) / 1e6,
      core,
    }
  }
}

/** Runs the two windows of every pair in turn, the order changing from pair to pair. */
export async function interleave<W, V>(
  pairs: number,
  without: () => Promise<W>,
  withIt: () => Promise<V>,
): Promise<(readonly [W, V])[]> {
  const seen: (readonly [W, V])[] = []
  for (let i = 0; i < pairs; i++) {
    if (i % 2 === 0) {
      const first = await without()
      seen.push([first, await withIt()])
    } else {
      const first = await withIt()
      seen.push([await without(), first])
    }
  }
  return seen
}
