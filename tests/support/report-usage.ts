// Loaded into the gateway under test with `--import`: whenever it is sent something, it tells what the process has used.

/** What the process has used since it began. */
export interface Usage {
  /** The most memory it has held, in bytes. */
  readonly peakMemory: number
  /** What it holds now on its heap and in buffers, once what is unused is gone if it may collect that, in bytes. */
  readonly memory: number
  /** What the processor has spent on its event loop, in milliseconds: on a busy machine the same as on an idle one. */
  readonly loopMs: number
  /** Its sockets and timers. */
  readonly sockets: number
  readonly timers: number
}

process.on('message', () => process.send?.({ type: 'usage', usage: usage() }))
// Listening to the channel keeps nobody alive.
process.channel?.unref()

function usage(): Usage {
  const { user, system } = process.threadCpuUsage()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  const resources = process.getActiveResourcesInfo()
  return {
    peakMemory: process.resourceUsage().maxRSS * 1_024,
    memory: heapUsed + arrayBuffers,
    loopMs: (user + system) / 1_000,
    sockets: resources.filter((name) => name === 'TCPSocketWrap').length,
    timers: resources.filter((name) => name === 'Timeout').length,
  }
}
