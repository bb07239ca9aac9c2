import { createHash } from 'node:crypto'
import { ownerPreimage } from '@whisperrooms/protocol'
import { manualTime } from './manual-time.ts'
import { type SharedLogOptions, sharedLog } from './shared-log.ts'
import { type TestGateway, testGateway } from './test-gateway.ts'

/** The secret of an owner, and its hash for a room. */
export const OWNER = 'owner-secret-'.padEnd(22, 'x')
export const ownerHashOf = (room: string, owner = OWNER) =>
  createHash('sha256').update(ownerPreimage(room, owner)).digest('base64url')

/** Rooms are forgotten after 8 s, and not within 5 s of anything in them. */
const OPTIONS = { lingerSeconds: 8, ttl: { minSeconds: 1, maxSeconds: 5, defaultSeconds: 5 } }

/** Two gateways on one log, and as many more as one opens. */
export async function gateways(options: SharedLogOptions = {}) {
  const time = manualTime()
  const log = sharedLog(time, options)
  const open = (bus = log.open()): Promise<TestGateway> => testGateway({ ...OPTIONS, shared: { time, bus } })
  return { time, log, open, one: await open(), other: await open() }
}
