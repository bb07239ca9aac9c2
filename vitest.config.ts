import { defineConfig, type TestProjectConfiguration } from 'vitest/config'

const COMMON = { testTimeout: 60_000, hookTimeout: 120_000, restoreMocks: true }

/** Tests that measure another process: while they run, no other file does, or they would measure that as well. */
const MEASURING = [
  'tests/gateway/attacks.test.ts',
  'tests/gateway/hostile.test.ts',
  'tests/gateway/memory.test.ts',
  'tests/gateway/slow-reader.test.ts',
] as const

/** Tests under load with things that die, by the clock: alone, as well. */
const FAULTS = ['tests/kafka/failures.test.ts', 'tests/kafka/clocks.test.ts'] as const

/** Projects of one group run at the same time, groups one after the other. */
const project = (name: string, groupOrder: number, more: object): TestProjectConfiguration => ({
  test: { ...COMMON, name, sequence: { groupOrder }, ...more },
})

export default defineConfig({
  test: {
    projects: [
      project('unit', 0, {
        include: [
          'packages/*/src/**/*.test.{ts,tsx}',
          'bench/**/*.test.ts',
          'tests/*.test.ts',
          'tests/gateway-model/**/*.test.ts',
        ],
      }),
      project('gateway', 0, { include: ['tests/gateway/**/*.test.ts'], exclude: [...MEASURING] }),
      project('measuring', 1, { include: [...MEASURING], fileParallelism: false }),
      project('browser', 2, {
        include: ['tests/browser/**/*.test.ts'],
        fileParallelism: false,
        globalSetup: ['tests/browser/unpack-chromium.ts'],
      }),
      project('kafka', 3, { include: ['tests/kafka/**/*.test.ts'], exclude: [...FAULTS] }),
      project('faults', 4, { include: [...FAULTS], fileParallelism: false, testTimeout: 180_000 }),
    ],
  },
})
