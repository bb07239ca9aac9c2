import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a broker may take to be ready, in milliseconds: fifteen times what it takes on two idle cores. */
const PATIENCE_MS = 60_000
const RETRY_MS = 50
const ANSWER_MS = 2_000

/** Metadata, version 1, for no topics: the oldest question whose answer says which brokers are in service. */
const WHO_IS_THERE = question(3, 1, [0, 0, 0, 0])
/** InitProducerId, version 0: the first time, the broker has no ids yet, and a client that is told so comes back after a second. */
const WHO_AM_I = question(22, 0, [0xff, 0xff, 0, 0, 0xea, 0x60])

/**
 * Waits until the broker at `port` is in service: topics can be created, and idempotent producers are let in.
 *
 * @param {number} port
 * @param {Promise<unknown>} ended settles when the broker's process ends.
 * @throws when the process ends first, or the broker is not ready in a minute.
 */
export async function whenReady(port, ended) {
  let alive = true
  void ended.then(() => {
    alive = false
  })
  const deadline = Date.now() + PATIENCE_MS
  while (!(await isReady(port))) {
    if (!alive) throw new Error('The broker ended instead of answering.')
    if (Date.now() > deadline) throw new Error(`The broker did not answer within ${PATIENCE_MS / 1000} s.`)
    await sleep(RETRY_MS)
  }
}

/** @param {number} port */
async function isReady(port) {
  const brokers = (await ask(port, WHO_IS_THERE, 4))?.readInt32BE(0) ?? 0
  if (brokers === 0) return false
  // After the time it was throttled for comes the error code.
  return (await ask(port, WHO_AM_I, 6))?.readInt16BE(4) === 0
}

/**
 * @param {number} port
 * @param {Buffer} request
 * @param {number} length how much of the answer is needed, in bytes.
 * @returns {Promise<Buffer | undefined>} the beginning of the answer; undefined when there is none.
 */
function ask(port, request, length) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: ANSWER_MS })
    let received = Buffer.alloc(0)
    socket.once('connect', () => socket.write(request))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      // Its length and the correlation id come first.
      if (received.length < 8 + length) return
      resolve(received.subarray(8))
      socket.destroy()
    })
    socket.once('timeout', () => socket.destroy())
    socket.once('error', () => resolve(undefined))
    socket.once('close', () => resolve(undefined))
  })
}

/**
 * @param {number} api
 * @param {number} version
 * @param {readonly number[]} body
 */
function question(api, version, body) {
  const noClientId = [0xff, 0xff]
  const bytes = [0, api, 0, version, 0, 0, 0, 0, ...noClientId, ...body]
  return Buffer.from([0, 0, 0, bytes.length, ...bytes])
}
