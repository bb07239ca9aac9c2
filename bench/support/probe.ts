/**
 * Loaded into a measured process with `--import`; answers questions of the benchmark over the IPC channel and costs
 * nothing in between. The process ends with the benchmark that started it.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import type { Answer, Question } from './questions.ts'

const delay = monitorEventLoopDelay({ resolution: 1 })

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
      delay.reset()
      delay.enable()
      return {}
    case 'delay':
      delay.disable()
      return { delayMs: delay.max / 1e6 }
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
