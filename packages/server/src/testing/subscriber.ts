import type { BusSubscriber } from '../bus/bus.ts'

/** A subscriber that looks at records, and at nothing else unless told. */
export function subscriber(take: BusSubscriber['take'], others: Partial<BusSubscriber> = {}): BusSubscriber {
  return {
    take,
    missed: () => undefined,
    begins: () => undefined,
    snapshot: () => undefined,
    withdrawn: () => undefined,
    attendance: () => undefined,
    ...others,
  }
}
