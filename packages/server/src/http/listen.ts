import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import type { FastifyInstance } from 'fastify'

/**
 * Listens at the host; at `localhost` at all of its addresses, as far as they can be had. Everything goes through the one server: what
 * it is set to holds at every address.
 *
 * @returns the port.
 */
export async function listen(server: FastifyInstance, host: string, port: number): Promise<number> {
  const [address = host, ...others] = host === 'localhost' ? await addressesOf(host) : [host]
  await server.listen({ host: address, port })
  const bound = (server.server.address() as AddressInfo).port
  for (const other of others) {
    const beside = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      server.server.emit('connection', socket),
    )
    if (await isListening(beside.listen({ host: other, port: bound })))
      server.server.once('close', () => beside.close())
  }
  return bound
}

async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true })
  return [...new Set(found.map(({ address }) => address))]
}

async function isListening(server: Server): Promise<boolean> {
  try {
    await once(server, 'listening')
    return true
  } catch {
    return false
  }
}
