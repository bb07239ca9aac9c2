import { Session } from 'node:inspector/promises'

/** How often it is looked what the processor does, in microseconds. */
const EVERY_US = 1_000

/** Processor time by what it was spent in, in milliseconds: what is called from there counts with it. */
export interface Spent {
  readonly allMs: number
  /** By the beginning of the path behind `packages/server/src/`, as they were asked for; whoever is outermost counts. */
  readonly inMs: Readonly<Record<string, number>>
}

let session: Session | undefined

/** Begins to look what this process spends its processor time in. */
export async function startProfile(): Promise<void> {
  session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: EVERY_US })
  await session.post('Profiler.start')
}

/** @param paths such as `people/` */
export async function endProfile(paths: readonly string[]): Promise<Spent> {
  if (session === undefined) throw new Error('no profile was started')
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  session = undefined
  const own = new Map<number, number>()
  for (const [i, id] of (profile.samples ?? []).entries())
    own.set(id, (own.get(id) ?? 0) + (profile.timeDeltas?.[i] ?? 0) / 1_000)
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const inMs: Record<string, number> = Object.fromEntries(paths.map((path) => [path, 0]))
  let allMs = 0

  function visit(id: number, within: string | undefined): void {
    const node = nodes.get(id)
    if (node === undefined) return
    const { url, functionName } = node.callFrame
    const place = within ?? paths.find((path) => url.includes(`/packages/server/src/${path}`))
    const ms = functionName === '(idle)' ? 0 : (own.get(id) ?? 0)
    allMs += ms
    if (place !== undefined) inMs[place] = (inMs[place] ?? 0) + ms
    for (const child of node.children ?? []) visit(child, place)
  }

  const root = profile.nodes[0]
  if (root !== undefined) visit(root.id, undefined)
  return { allMs, inMs }
}
