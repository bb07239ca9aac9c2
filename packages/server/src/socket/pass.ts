import type { ErrorCode, Role, RoomId } from '@whisperrooms/protocol'
import type { TokenClaims, Tokens } from '../people/tokens.ts'

export type PassAnswer = { readonly ok: true; readonly pass: Pass } | { readonly ok: false; readonly code: ErrorCode }

/** @returns what a `join` with this token comes in by, or why it does not. */
export async function passOf(tokens: Tokens, room: RoomId, token: string | undefined): Promise<PassAnswer> {
  const answer = await tokens.read(token, room)
  return answer.ok ? { ok: true, pass: new Pass(tokens, room, answer.claims) } : answer
}

/** What a token gives one socket in its room, for as long as it lasts. */
export class Pass {
  readonly #tokens: Tokens
  readonly #room: RoomId
  #claims: TokenClaims

  constructor(tokens: Tokens, room: RoomId, claims: TokenClaims) {
    this.#tokens = tokens
    this.#room = room
    this.#claims = claims
  }

  /** See `TokenClaims`. */
  get subject(): string {
    return this.#claims.subject
  }

  get name(): string | undefined {
    return this.#claims.name
  }

  get role(): Role {
    return this.#claims.role
  }

  get isOver(): boolean {
    return this.#tokens.isOver(this.#claims)
  }

  /** Goes on with another token of the same subject. @returns why it does not. */
  async renew(token: string): Promise<ErrorCode | undefined> {
    const answer = await this.#tokens.read(token, this.#room)
    if (!answer.ok) return answer.code
    if (answer.claims.subject !== this.#claims.subject) return 'bad_token'
    this.#claims = answer.claims
    return undefined
  }
}
