import type { IdleJob, IdleResult } from '../load/jobs.ts'
import type { ServerName } from '../servers/commands.ts'
import type { Flags } from '../support/flags.ts'
import { table, verdict } from '../support/markdown.ts'
import { runLoad } from '../support/run-load.ts'
import { startServer } from '../support/server-process.ts'
import type { Report } from './report.ts'

const PROMISED_BYTES = 14_000
const kB = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`

/** What 9,000 members who say nothing cost, in 900 rooms. */
export async function idleScenario(flags: Flags): Promise<Report> {
  const size = flags.quick ? { members: 900, rooms: 90 } : { members: 9_000, rooms: 900 }
  const results: [ServerName, IdleResult][] = []
  for (const name of flags.servers) {
    const server = await startServer(name)
    const job: IdleJob = { kind: 'idle', server: name, port: server.port, ...size }
    results.push([name, await runLoad(job, { server: server.child })])
    await server.stop()
  }
  const rows = results.map(([name, { usedBytes, residentBytes, emptyResidentBytes }]) => [
    name,
    kB(residentBytes),
    kB(usedBytes),
    `${(emptyResidentBytes / 1e6).toFixed(0)} MB`,
  ])
  const ours = results.find(([name]) => name === 'gateway')?.[1]
  const lines = ours
    ? [verdict(ours.residentBytes <= PROMISED_BYTES, `≤ ${kB(PROMISED_BYTES)} resident each`, kB(ours.residentBytes))]
    : []
  const head = ['server', 'resident each', 'heap + external each', 'empty, resident']
  return {
    markdown: [`\n${size.members} idle members in ${size.rooms} rooms\n\n${table(head, rows)}`, '', ...lines].join(
      '\n',
    ),
    othersOnCore: 0,
    figures: { ...size, servers: Object.fromEntries(results) },
    invalid: [],
  }
}
