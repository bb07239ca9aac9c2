/** Chance that can be had again. */
export interface Chance {
  readonly seed: number
  /** From 0 up to, not including, 1. */
  unit(): number
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number
  pick<T>(items: readonly T[]): T
}

/** What the environment says in `SEED`, or another one each time. */
export function newSeed(): number {
  const given = process.env['SEED']
  return given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given)
}

/** The same seed gives the same numbers (the mulberry32 generator). */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  function unit(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, most: number) => least + Math.floor(unit() * (most - least + 1))
  return {
    seed,
    unit,
    between,
    pick<T>(items: readonly T[]): T {
      const item = items[between(0, items.length - 1)]
      if (item === undefined) throw new RangeError('there is nothing to pick from')
      return item
    },
  }
}
