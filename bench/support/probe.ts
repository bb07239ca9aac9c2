/**
 * Loaded into a measured process with `--import`; answers questions of the benchmark over the IPC channel and costs
 * nothing in between. The process ends with the benchmark that started it.
 */

import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { endProfile, startProfile } from './profile.ts'
import type { Answer, Question } from './questions.ts'

/** Where presence is: who is there, and handing out what is told of it where nothing else is said. */
const PROFILED = ['people/', 'rooms/flusher.ts'] as const

const delay = monitorEventLoopDelay({ resolution: 1 })
let collectionMs = 0
const collections = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collectionMs = Math.max(collectionMs, duration)
})

/** Two forced collections with a turn between them: what finalizers release counts as released. */
async function collect(): Promise<void> {
  for (let i = 0; i < 2; i++) {
    globalThis.gc?.()
    await setImmediate()
  }
}

async function answer(what: Question['what']): Promise<Answer> {
  switch (what) {
    case 'memory': {
      await collect()
      const { heapUsed, external, rss } = process.memoryUsage()
      return { usedBytes: heapUsed + external, residentBytes: rss }
    }
    case 'cpu': {
      const { user, system } = process.cpuUsage()
      return { cpuMs: (user + system) / 1_000, atMs: performance.now() }
    }
    case 'watch-delay':
      collectionMs = 0
      collections.observe({ entryTypes: ['gc'] })
      delay.reset()
      delay.enable()
      return {}
    case 'delay':
      delay.disable()
      collections.disconnect()
      return { delayMs: delay.max / 1e6, collectionMs }
    case 'watch-profile':
      await startProfile()
      return {}
    case 'profile':
      return { spent: await endProfile(PROFILED) }
    case 'talk':
    case 'hush':
    case 'leave':
      return {}
  }
}

process.on('message', (question: Question) => {
  void answer(question.what).then((found) => process.send?.({ id: question.id, answer: found }))
})
process.on('disconnect', () => process.exit())
process.channel?.unref()
