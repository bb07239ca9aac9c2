import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

/** Some megabytes take a while to fill at some hundred kB a second. */
const LOOK_MS = 1_000

/** @returns the bytes the kernel holds, both ends together, for the loopback connections of some clients' ports; 0 when unknown. */
export async function kernelBytesOf(...clientPorts: readonly number[]): Promise<number> {
  const ports = new Set(clientPorts.map((port) => port.toString(16).toUpperCase().padStart(4, '0')))
  const lines = await readFile('/proc/net/tcp', 'latin1').then(
    (text) => text.split('\n'),
    () => [],
  )
  let bytes = 0
  for (const line of lines) {
    const [, local, remote, , queues] = line.trim().split(/\s+/)
    const [sending, receiving] = (queues ?? '').split(':').map((hex) => Number.parseInt(hex, 16))
    if (ports.has(portIn(remote))) bytes += sending ?? 0
    if (ports.has(portIn(local))) bytes += receiving ?? 0
  }
  return bytes
}

/**
 * Waits until the kernel takes nothing more for connections whose clients do not read: until then the server has not felt
 * them.
 *
 * @returns the bytes the kernel holds then, or after `patienceSeconds`.
 */
export async function kernelFull(clientPorts: readonly number[], patienceSeconds: number): Promise<number> {
  const giveUp = performance.now() + patienceSeconds * 1_000
  let before = -1
  let now = await kernelBytesOf(...clientPorts)
  while (now > before && performance.now() < giveUp) {
    await wait(LOOK_MS)
    before = now
    now = await kernelBytesOf(...clientPorts)
  }
  return now
}

/** The port, in hexadecimal digits, of an address as `/proc/net/tcp` has it. */
const portIn = (address: string | undefined): string => address?.split(':')[1] ?? ''
