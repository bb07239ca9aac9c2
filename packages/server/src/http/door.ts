import type { IncomingMessage } from 'node:http'

/** How long a request may take to arrive, and how large its head may be. What is slower or larger is answered and cut off. */
export const DOOR = {
  /** From its first byte to its last, in milliseconds; also of a connection that says nothing at all. */
  requestTimeout: 10_000,
  http: {
    /** Of the head, in milliseconds: a WebSocket's upgrade is nothing else. */
    headersTimeout: 5_000,
    /** How often that is looked at, in milliseconds. */
    connectionsCheckingInterval: 1_000,
    /** Bytes. */
    maxHeaderSize: 8 * 1024,
    /** Refused by ourselves, with a code. */
    requireHostHeader: false,
    /** Whoever offers another protocol, as `h2c`, is answered in this one. */
    shouldUpgradeCallback: ({ headers }: IncomingMessage): boolean => headers.upgrade?.toLowerCase() === 'websocket',
  },
} as const

/** No bound but their size: fields above a number would be dropped without a word, a proxy's `X-Forwarded-For` among them. */
export const MOST_HEADERS = 0
