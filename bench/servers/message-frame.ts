import { randomBytes } from 'node:crypto'

/** How long a peer's messages claim to live, in milliseconds. The peers do not expire anything; it is only said. */
const TTL_MS = 120_000

export interface Sender {
  readonly id: string
  readonly name: string
}

export interface Said {
  readonly key: string
  readonly text: string
}

/** Somebody as the gateway would describe them: an id of 16 characters and a name. */
export const someone = (name: string): Sender => ({ id: randomBytes(12).toString('base64url'), name })

/** What the gateway sends to every member for one message: same fields, same size class. */
export const messageFrame = (offset: number, from: Sender, said: Said, now: number) => ({
  type: 'message',
  offset,
  key: said.key,
  from,
  text: said.text,
  at: now,
  expires: now + TTL_MS,
})
