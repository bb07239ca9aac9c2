import { writeSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'

export interface FirstRunOptions {
  /** What is told when the process ends meanwhile. */
  readonly ended: string
  /** The error for a rejection that nobody handles. */
  readonly rejected: (reason: unknown) => Error
}

/**
 * Runs code of somebody else's for the first time, when nothing else runs: whatever ends the process meanwhile, or rejects and is
 * not handled, is put down to that code.
 *
 * @throws what `run` throws, or what `rejected` makes of the first rejection that nobody has handled.
 */
export async function firstRun<T>(run: () => Promise<T>, { ended, rejected }: FirstRunOptions): Promise<T> {
  const unhandled: unknown[] = []
  const onRejection = (reason: unknown) => void unhandled.push(reason)
  const onExit = () => {
    process.exitCode = 1
    writeSync(process.stderr.fd, `WhisperRooms cannot start: ${ended}\n`)
  }
  process.on('exit', onExit)
  process.on('unhandledRejection', onRejection)
  try {
    const result = await withTurn(run)
    if (unhandled.length > 0) throw rejected(unhandled[0])
    return result
  } finally {
    process.off('exit', onExit)
    process.off('unhandledRejection', onRejection)
  }
}

/** Also waits until it has been told which rejections nobody handles: that is when all that is due has been done. */
async function withTurn<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } finally {
    await setImmediate()
  }
}
