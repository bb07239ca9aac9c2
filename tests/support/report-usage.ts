// Loaded into the gateway under test with `--import`: whenever it is sent something, it tells what the process has used.

/** What the process has used since it began. */
export interface Usage {
  /** The most memory it has held, in bytes. */
  readonly peakMemory: number
  /** What the processor has spent on its event loop, in milliseconds: on a busy machine the same as on an idle one. */
  readonly loopMs: number
}

process.on('message', () => process.send?.({ type: 'usage', usage: usage() }))
// Listening to the channel keeps nobody alive.
process.channel?.unref()

function usage(): Usage {
  const { user, system } = process.threadCpuUsage()
  return { peakMemory: process.resourceUsage().maxRSS * 1_024, loopMs: (user + system) / 1_000 }
}
