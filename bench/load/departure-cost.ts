import { setTimeout as wait } from 'node:timers/promises'
import { serverMemory } from './coordinator.ts'

const APART_MS = 300

/**
 * What a member costs the server: what is freed when it leaves, in bytes of heap + external.
 *
 * A busy room's memory swings by megabytes within seconds (keys of duplicates, segments), so two readings far apart say
 * nothing about one member. These are three within a second, and the trend of the first two is continued.
 */
export async function departureCost(leave: () => void): Promise<number> {
  const first = await reading()
  await wait(APART_MS)
  const last = await reading()
  leave()
  await wait(APART_MS)
  const after = await reading()
  const perMs = (last.usedBytes - first.usedBytes) / (last.atMs - first.atMs)
  return last.usedBytes + perMs * (after.atMs - last.atMs) - after.usedBytes
}

async function reading() {
  const { usedBytes } = await serverMemory()
  return { usedBytes, atMs: performance.now() }
}
