import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureFaketime } from '../../scripts/kafka/faketime.mjs'
import { availableOrSkip, tell } from './available.ts'

/** A time of day of its own, for processes whose environment has `env`: a gateway's, a broker's. Their monotonic clocks stay right. */
export interface ShiftedClock {
  readonly env: Readonly<Record<string, string>>
  /** Moves it by so many milliseconds, forward or back, at once for all that go by it. */
  step(byMs: number): void
  /** Removes what it keeps, once all that went by it have ended. */
  remove(): void
}

/** Whether there can be such clocks here; as `kafkaOrSkip`. */
export function shiftedClocksOrSkip(): Promise<boolean> {
  return availableOrSkip('everything that needs a clock that is wrong', () => ensureFaketime({ say: tell }))
}

/** @param aheadMs how far it is ahead of the time of day, in milliseconds; negative: behind. */
export async function shiftedClock(aheadMs: number): Promise<ShiftedClock> {
  const library = await ensureFaketime({ say: tell })
  const folder = mkdtempSync(join(tmpdir(), 'whisperrooms-clock-'))
  const file = join(folder, 'shift')
  let shiftMs = 0

  function step(byMs: number): void {
    shiftMs += byMs
    // It is read each time somebody asks what time it is: nobody must find half of it.
    writeFileSync(`${file}.new`, `${shiftMs < 0 ? '' : '+'}${(shiftMs / 1000).toFixed(3)}`)
    renameSync(`${file}.new`, file)
  }

  step(aheadMs)
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      // Otherwise waits of the JVM that have an end are over at once.
      FAKETIME_FORCE_MONOTONIC_FIX: '0',
    },
    step,
    remove() {
      rmSync(folder, { recursive: true, force: true })
      removeLeftovers()
    },
  }
}

const SHARED_MEMORY = '/dev/shm'

/** Those that were killed leave behind what libfaketime shares between processes. */
function removeLeftovers(): void {
  for (const name of readdirSync(SHARED_MEMORY)) {
    const pid = /^(?:faketime_shm|sem\.faketime_sem)_(\d+)$/.exec(name)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(SHARED_MEMORY, name), { force: true })
  }
}
