import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Unavailable } from './unavailable.mjs'

const SHARED_MEMORY = '/dev/shm'

/**
 * Each line it reads holds the ids of the processes that use the folder. At the end of its input, which comes when we end in
 * whatever way, it ends those and removes the folder.
 */
const GUARD = 'while read -r line; do pids=$line; done; [ -z "$pids" ] || { kill -KILL $pids; sleep 1; }; rm -rf "$0"'

/**
 * A folder in memory. It outlives nobody: when this process is killed, whoever uses the folder is killed too, and it is removed.
 *
 * @typedef {object} MemoryFolder
 * @property {string} path
 * @property {(pid: number, ended: Promise<unknown>) => void} usedBy says that a process of ours uses it until it ends.
 * @property {() => Promise<void>} remove
 */

/** @throws {Unavailable} when this machine has no file system in memory. */
export function requireSharedMemory() {
  if (!isInMemory())
    throw new Unavailable(`Kafka’s log must stay off the disk, and here is no tmpfs at ${SHARED_MEMORY}.`)
}

function isInMemory() {
  const mounts = '/proc/self/mounts'
  return existsSync(mounts) && / \/dev\/shm tmpfs /.test(readFileSync(mounts, 'utf8'))
}

/** @returns {Promise<MemoryFolder>} */
export async function createMemoryFolder() {
  requireSharedMemory()
  const path = await mkdtemp(join(SHARED_MEMORY, 'whisperrooms-kafka-'))
  // In a session of its own: what ends us from a terminal must not end it.
  const guard = spawn('/bin/sh', ['-c', GUARD, path], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  guard.unref()
  guard.stdin.on('error', () => undefined)
  /** @type {Set<number>} */
  const users = new Set()
  const tellGuard = () => guard.stdin.write(`${[...users].join(' ')}\n`)
  return {
    path,
    usedBy(pid, ended) {
      users.add(pid)
      tellGuard()
      void ended.then(() => {
        users.delete(pid)
        tellGuard()
      })
    },
    async remove() {
      await rm(path, { recursive: true, force: true })
      guard.stdin.end()
    },
  }
}
