import { connectRoom, defaultEnvironment, type Environment, WhisperError } from '@whisperrooms/client'
import type { Account } from './ledger.ts'
import { openTapped, type TappedSocket } from './tapped-socket.ts'

/** A member whose account is kept: whatever it writes, hears and shows is in the ledger. */
export interface Talker {
  readonly account: Account
  /** Writes a message, whatever the connection does. */
  say(text: string): void
  /** Loses its connection, and comes back by itself. */
  drop(): void
  /** Whether its author is told, of a message that is not in the log, that this is why: a code of the protocol. */
  isTold(code: string): boolean
  leave(): void
}

export interface TalkerOptions {
  readonly account: Account
  readonly room: string
  /** What the room has when this member is the first. */
  readonly ttlSeconds: number
  /** The gateway of the next attempt, such as `http://localhost:40123`. */
  readonly nextUrl: () => string
  /** Chance: from 0 up to, not including, 1. */
  readonly unit: () => number
}

/** A member whose client is the SDK. */
export function sdkTalker({ account, room, ttlSeconds, nextUrl, unit }: TalkerOptions): Talker {
  const { random, ...others } = defaultEnvironment()
  let socket: TappedSocket | undefined
  const environment: Environment = {
    ...others,
    random: { ...random, unit },
    openSocket() {
      socket = openTapped(nextUrl(), room, account)
      return socket
    },
  }
  const options = {
    name: account.name,
    create: { ttlSeconds },
    onReturned: ({ text }: { text: string }) => account.returned(text, 'onReturned'),
  }
  const connection = connectRoom('http://any', room, options, environment)
  connection.subscribe(() => {
    account.showed(connection.getSnapshot().timeline.filter((item) => item.kind === 'message'))
  })

  return {
    account,
    say(text) {
      account.wrote(text)
      connection.send(text).then(
        ({ offset }) => account.confirmed(text, offset),
        (error: unknown) => {
          const { code } = error instanceof WhisperError ? error : { code: 'internal' }
          // One too many for the outbox was never in it. Of any other it is said next when it comes back to its author after all.
          if (code === 'rate_limited') account.returned(text, code)
          else account.doubted(text, code)
        },
      )
    },
    drop: () => socket?.drop(),
    isTold: (code) => connection.getSnapshot().outbox.some((item) => item.code === code),
    leave() {
      account.left()
      connection.leave()
    },
  }
}
