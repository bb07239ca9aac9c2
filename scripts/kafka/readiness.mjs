import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a broker may take to be ready, in milliseconds: fifteen times what it takes on two idle cores. */
const PATIENCE_MS = 60_000
const RETRY_MS = 50
const ANSWER_MS = 2_000
const HOST = '127.0.0.1'

/** Metadata, version 1, for no topics: the oldest question whose answer says which brokers are in service. */
const WHO_IS_THERE = question(3, 1, [0, 0, 0, 0])
/** InitProducerId, version 0: the first time, the broker has no ids yet, and a client that is told so comes back after a second. */
const WHO_AM_I = question(22, 0, [0xff, 0xff, 0, 0, 0xea, 0x60])

/**
 * Waits until the broker at `port` is in service: topics can be created, and idempotent producers are let in.
 *
 * @param {number} port
 * @param {Promise<unknown>} ended settles when the broker's process ends.
 * @param {readonly number[]} [peers] the ports of all brokers that it must know to be in service, itself among them.
 * @throws when the process ends first, or the broker is not ready in a minute.
 */
export async function whenReady(port, ended, peers = [port]) {
  let alive = true
  void ended.then(() => {
    alive = false
  })
  const deadline = Date.now() + PATIENCE_MS
  while (!(await isReady(port, peers))) {
    if (!alive) throw new Error('The broker ended instead of answering.')
    if (Date.now() > deadline) throw new Error(`The broker did not answer within ${PATIENCE_MS / 1000} s.`)
    await sleep(RETRY_MS)
  }
}

/**
 * @param {number} port
 * @param {readonly number[]} peers
 */
async function isReady(port, peers) {
  const brokers = await ask(port, WHO_IS_THERE)
  if (!peers.every((peer) => brokers?.includes(addressOf(peer)))) return false
  // After the time it was throttled for comes the error code.
  return (await ask(port, WHO_AM_I))?.readInt16BE(4) === 0
}

/** How a broker's address stands in metadata. */
function addressOf(port) {
  return Buffer.from([...Buffer.from(HOST), 0, 0, port >> 8, port & 0xff])
}

/**
 * @param {number} port
 * @param {Buffer} request
 * @returns {Promise<Buffer | undefined>} the answer; undefined when there is none.
 */
function ask(port, request) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: HOST, timeout: ANSWER_MS })
    let received = Buffer.alloc(0)
    socket.once('connect', () => socket.write(request))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return
      // Its length and the correlation id come first.
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
