import type { ErrorCode } from '@whisperrooms/protocol'
import type { BotToken } from '../../bots-config.ts'
import type { Limiter } from '../../limits/limiter.ts'

/** The most streams at a time, of all bots together. */
const MAX_STREAMS = 10_000
/** The most of one bot. */
const MAX_STREAMS_OF_BOT = 1_000

/** A place among the streams, or why there is none. */
export type Place =
  | { readonly ok: true; giveBack(): void }
  /** `retryAfter` in milliseconds, where somebody knows it. */
  | { readonly ok: false; readonly code: ErrorCode; readonly retryAfter?: number }

/** Bounds streams, those included that are being opened. Each is a connection of its address as well, as a WebSocket is. */
export function streamPlaces(limiter: Pick<Limiter, 'upgrade' | 'open'>): (bot: BotToken, address: string) => Place {
  const ofBots = new Map<BotToken, number>()
  let taken = 0

  return (bot, address) => {
    const own = ofBots.get(bot) ?? 0
    if (taken >= MAX_STREAMS || own >= MAX_STREAMS_OF_BOT) return { ok: false, code: 'server_full' }
    const refusal = limiter.upgrade(address)
    if (refusal !== undefined) return { ok: false, code: refusal.code, retryAfter: refusal.retryAfter }
    const connection = limiter.open(address)
    taken++
    ofBots.set(bot, own + 1)
    return {
      ok: true,
      giveBack() {
        connection.end()
        taken--
        const left = (ofBots.get(bot) ?? 1) - 1
        if (left > 0) ofBots.set(bot, left)
        else ofBots.delete(bot)
      },
    }
  }
}
