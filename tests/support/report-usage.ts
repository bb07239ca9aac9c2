import { getHeapCodeStatistics } from 'node:v8'

// Loaded into the gateway under test with `--import`: it tells what the process has used, or who listens in it, whenever it is asked.

/** What the process has used since it began. */
export interface Usage {
  /** The most memory it has held, in bytes. */
  readonly peakMemory: number
  /** What it holds now on its heap and in buffers, once what is unused is gone if it may collect that, in bytes. */
  readonly memory: number
  /** Of that: what the engine has made of the source so far, in bytes. It makes more whenever a function is used often enough. */
  readonly compiled: number
  /** What the processor has spent on its event loop, in milliseconds: on a busy machine the same as on an idle one. */
  readonly loopMs: number
  /** Its sockets and timers. */
  readonly sockets: number
  readonly timers: number
}

process.on('message', (question) => {
  if (question === 'listeners?') void listeners()
  else process.send?.({ type: 'usage', usage: usage() })
})
// Listening to the channel keeps nobody alive.
process.channel?.unref()

async function listeners(): Promise<void> {
  const { countListeners } = await import('./count-listeners.ts')
  process.send?.({ type: 'listeners', listeners: await countListeners() })
}

function usage(): Usage {
  const { user, system } = process.threadCpuUsage()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  const { code_and_metadata_size: code, bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics()
  const resources = process.getActiveResourcesInfo()
  return {
    peakMemory: process.resourceUsage().maxRSS * 1_024,
    memory: heapUsed + arrayBuffers,
    compiled: code + bytecode,
    loopMs: (user + system) / 1_000,
    sockets: resources.filter((name) => name === 'TCPSocketWrap').length,
    timers: resources.filter((name) => name === 'Timeout').length,
  }
}
