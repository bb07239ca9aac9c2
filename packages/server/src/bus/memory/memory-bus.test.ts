import type { Clock, Scheduler } from '../../clock.ts'
import { countingRandom } from '../../testing/counting-random.ts'
import { manualTime } from '../../testing/manual-time.ts'
import { unreliableBus } from '../../testing/unreliable-bus.ts'
import type { Bus } from '../bus.ts'
import { type BusHarness, busContract } from '../bus-contract.ts'
import { memoryBus } from './memory-bus.ts'

busContract('memory', async () => harness((bus) => bus))

busContract('memory that takes its time', async () => {
  const random = countingRandom()
  return harness((bus, clock, scheduler) =>
    unreliableBus(bus, clock, scheduler, () => ({ kind: 'works', delayMs: random(1).readUInt8() })),
  )
})

function harness(wrap: (bus: Bus, clock: Clock, scheduler: Scheduler) => Bus): BusHarness {
  const time = manualTime()
  const { clock, scheduler } = time
  const bus = memoryBus({
    clock,
    scheduler,
    random: countingRandom(),
    startMs: Date.UTC(2026, 0, 1),
    shards: 4,
    retentionMs: 300_000,
  })
  // Whoever publishes waits for time to pass, so time has to pass meanwhile.
  let running = true
  const run = async (): Promise<void> => {
    while (running) await time.advance(1)
  }
  void run()
  return {
    open: async () => wrap(bus, clock, scheduler),
    wait: () => time.settle(),
    async close() {
      running = false
      await bus.close()
    },
  }
}
