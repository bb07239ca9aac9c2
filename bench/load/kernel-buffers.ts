import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

/** Some megabytes take a while to fill at some hundred kB a second. */
const LOOK_MS = 1_000

/** @returns the bytes the kernel holds, both ends together, for the loopback connection of a client's port; 0 when unknown. */
export async function kernelBytesOf(clientPort: number): Promise<number> {
  const port = clientPort.toString(16).toUpperCase().padStart(4, '0')
  const lines = await readFile('/proc/net/tcp', 'latin1').then(
    (text) => text.split('\n'),
    () => [],
  )
  let bytes = 0
  for (const line of lines) {
    const [, local, remote, , queues] = line.trim().split(/\s+/)
    const [sending, receiving] = (queues ?? '').split(':').map((hex) => Number.parseInt(hex, 16))
    if (remote?.endsWith(`:${port}`)) bytes += sending ?? 0
    if (local?.endsWith(`:${port}`)) bytes += receiving ?? 0
  }
  return bytes
}

/**
 * Waits until the kernel takes nothing more for a connection whose client does not read: until then the server has not
 * felt it.
 *
 * @returns the bytes the kernel holds then, or after `patienceSeconds`.
 */
export async function kernelFull(clientPort: number, patienceSeconds: number): Promise<number> {
  const giveUp = performance.now() + patienceSeconds * 1_000
  let before = -1
  let now = await kernelBytesOf(clientPort)
  while (now > before && performance.now() < giveUp) {
    await wait(LOOK_MS)
    before = now
    now = await kernelBytesOf(clientPort)
  }
  return now
}
