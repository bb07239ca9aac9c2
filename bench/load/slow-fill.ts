import { randomBytes } from 'node:crypto'
import { textFrame } from './client-frame.ts'
import { spread } from './crowd.ts'
import type { Dialect } from './dialect.ts'
import type { SlowJob } from './jobs.ts'
import type { Member } from './member.ts'

/** As long as a message may be: some 4 kB a reader, four at a time, 25 times a second. */
const TEXT = 'f'.repeat(4_000)
const AT_ONCE = 4
const EVERY_MS = 40

/** Long messages into a room, until the returned function is called: megabytes for each of its members within seconds. */
export function fill(members: readonly Member[], dialect: Dialect): () => void {
  const speakers = spread(members, AT_ONCE)
  const start = randomBytes(9).toString('base64url')
  let count = 0
  const timer = setInterval(() => {
    for (const member of speakers) member.write(textFrame(dialect.send(`${start}-${count++}`, TEXT)))
  }, EVERY_MS)
  return () => clearInterval(timer)
}

/** @returns how many members the gateway counts as lagging; `NaN` when it is not to be asked. */
export async function laggingMembers({ port, metricsToken }: SlowJob): Promise<number> {
  if (metricsToken === undefined) return Number.NaN
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { authorization: `Bearer ${metricsToken}` },
  })
  return Number(/^\w*lagging_members (\S+)$/m.exec(await response.text())?.[1] ?? Number.NaN)
}
