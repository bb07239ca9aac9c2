import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metric } from './exposition.ts'

/** How often the event loop is looked at, in milliseconds; a delay is what comes on top. */
const RESOLUTION_MS = 20

export interface ProcessMetrics {
  read(): Metric[]
  stop(): void
}

/** What the process takes, under the names that Prometheus' own clients use. */
export function processMetrics(): ProcessMetrics {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  const startSeconds = Date.now() / 1000 - process.uptime()
  return {
    read() {
      const { user, system } = process.cpuUsage()
      const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
      const gauge = (name: string, help: string, value: number): Metric => ({ name, help, type: 'gauge', value })
      return [
        {
          name: 'process_cpu_seconds_total',
          help: 'Processor time that was spent.',
          type: 'counter',
          value: (user + system) / 1e6,
        },
        gauge('process_start_time_seconds', 'When the process started, since the epoch of Unix.', startSeconds),
        gauge('process_resident_memory_bytes', 'Resident memory.', rss),
        gauge('nodejs_heap_used_bytes', 'Memory of JavaScript objects.', heapUsed),
        gauge(
          'nodejs_external_memory_bytes',
          'Memory outside the heap that its objects hold.',
          external + arrayBuffers,
        ),
        eventLoopDelay(delay),
      ]
    },
    stop: () => delay.disable(),
  }
}

function eventLoopDelay(delay: ReturnType<typeof monitorEventLoopDelay>): Metric {
  // It counts from one look to the next, in nanoseconds.
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000)
  const isEmpty = delay.count === 0
  const by = [
    ['0.5', isEmpty ? 0 : seconds(delay.percentile(50))],
    ['0.99', isEmpty ? 0 : seconds(delay.percentile(99))],
    ['1', isEmpty ? 0 : seconds(delay.max)],
  ] as const
  delay.reset()
  return {
    name: 'nodejs_eventloop_delay_seconds',
    help: 'By how much the event loop was late since the last time this was asked for.',
    type: 'gauge',
    value: { label: 'quantile', by },
  }
}
