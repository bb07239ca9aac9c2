import type { TestGateway } from './gateway.ts'
import { type Member, ping } from './member.ts'

/** What may lie between two answers to a bystander at the most: ten times what does. Milliseconds of the processor. */
export const LONGEST_TURN_MS = 100

/**
 * The most time the processor spends on a gateway's event loop between two answers to a bystander, until `done`, in milliseconds.
 * Waiting by the clock, as `ping` does, would also measure who else is busy on this machine.
 */
export async function longestTurn(gateway: TestGateway, bystander: Member, done: Promise<unknown>): Promise<number> {
  let over = false
  const finished = done.finally(() => {
    over = true
  })
  let longest = 0
  let { loopMs: before } = await gateway.usage()
  do {
    await ping(bystander)
    const { loopMs } = await gateway.usage()
    longest = Math.max(longest, loopMs - before)
    before = loopMs
  } while (!over)
  await finished
  return longest
}
