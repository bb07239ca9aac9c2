import { frameFlood } from './abuse-flood.ts'
import { frameMaker } from './abuse-frames.ts'
import type { AbuseJob, AbuseResult } from './abuse-jobs.ts'
import { upgradeFlood } from './abuse-upgrades.ts'
import { onWord, ready } from './coordinator.ts'

/** Ten or so clients far beyond the limits, as told: `talk`, `hush`, `leave`. */
export async function abuse(job: AbuseJob): Promise<AbuseResult> {
  const floods = job.abusers.map((abuser, number) =>
    abuser.kind === 'upgrades'
      ? upgradeFlood(job.port, abuser, freshAddress(number))
      : frameFlood(job.port, abuser, frameMaker(abuser.kind), () => freshAddress(number)),
  )
  const told = Promise.withResolvers<unknown>()
  onWord((what) => {
    const stopped = Promise.all(floods.map((flood) => flood.stop()))
    if (what === 'talk') for (const flood of floods) flood.start()
    if (what === 'leave') told.resolve(stopped)
  })
  ready()
  await told.promise
  return { tallies: floods.map((flood) => flood.tally()) }
}

let addresses = 0
/** An address that nobody has used: the tenth of an abuser is as good as its first. */
function freshAddress(number: number): string {
  const count = addresses++
  return `100.${64 + number}.${(count >> 8) & 255}.${count & 255}`
}
