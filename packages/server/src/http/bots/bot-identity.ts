import { hash, timingSafeEqual } from 'node:crypto'
import type { MemberId, RoomId } from '@whisperrooms/protocol'
import type { BotToken } from '../../bots-config.ts'
import { fitsRoom } from '../../people/room-pattern.ts'

/**
 * Finds the bot of an `Authorization` header. The token is compared by its hash with every one there is, so that how long it takes
 * says nothing about them.
 */
export function bearer(tokens: readonly BotToken[]): (header: string | undefined) => BotToken | undefined {
  return (header) => {
    const token = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1]
    if (token === undefined) return undefined
    const given = hash('sha256', token, 'buffer')
    return tokens.filter(({ tokenHash }) => timingSafeEqual(given, tokenHash))[0]
  }
}

/**
 * @returns the member id of the bot of that name, in `room`. What is hashed begins otherwise than a member's session, so that no
 *   member can become a bot.
 */
export function botMemberIdOf(room: RoomId, name: string): MemberId {
  return hash('sha256', `wr-bot-1\n${room}\n${name}`, 'base64url').slice(0, 16) as MemberId
}

/** Whether a bot's rooms include this one. */
export function mayEnter({ rooms }: BotToken, room: RoomId): boolean {
  return rooms.some((pattern) => fitsRoom(pattern, room))
}
