import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv4, SocketAddress } from 'node:net'

/** The address of a peer that has none any more: its connection is gone. */
const UNKNOWN = 'unknown'
/** A proxy's list is read from its right end; nobody is behind more proxies than this. */
const MOST_HOPS = 16

/** Who is asking, when some of those that connect are proxies. */
export interface Addresses {
  /**
   * The address to which a request is put down: the peer's or, behind trusted proxies, the rightmost hop of
   * `X-Forwarded-For` that is none of them. What is left of a hop that is no address is not believed, and neither is anything a
   * peer says that is no trusted proxy. IPv6 is cut to its /64, which is what one customer has; IPv4 in IPv6 is IPv4.
   */
  of(
    request: Pick<IncomingMessage, 'headers'> & { readonly socket: { readonly remoteAddress?: string | undefined } },
  ): string
  /** The peer's own address, cut as above; `undefined` for a trusted proxy, which is many people. */
  peer(remoteAddress: string | undefined): string | undefined
}

/**
 * @param trusted addresses and networks (`10.0.0.0/8`) of proxies.
 * @param unnamed told when a request that no trusted proxy sent says that it was forwarded.
 */
export function addresses(trusted: readonly string[], unnamed: () => void = () => undefined): Addresses {
  const proxies = new BlockList()
  for (const one of trusted) addNetwork(proxies, one)
  const isProxy = (address: string): boolean => proxies.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')

  function hopBefore(peer: string, header: string): string {
    let client = peer
    const hops = header.split(',')
    for (let i = hops.length - 1; i >= Math.max(0, hops.length - MOST_HOPS); i--) {
      if (!isProxy(client)) break
      const hop = parseHop(hops[i] ?? '')
      if (hop === undefined) break
      client = hop
    }
    return client
  }

  return {
    of({ headers, socket }) {
      const peer = parseHop(socket.remoteAddress ?? '')
      if (peer === undefined) return UNKNOWN
      const header = headers['x-forwarded-for']
      if (header === undefined) return groupOf(peer)
      if (!isProxy(peer)) {
        unnamed()
        return groupOf(peer)
      }
      return groupOf(hopBefore(peer, Array.isArray(header) ? header.join(',') : header))
    },

    peer(remoteAddress) {
      const peer = parseHop(remoteAddress ?? '')
      if (peer === undefined) return UNKNOWN
      return isProxy(peer) ? undefined : groupOf(peer)
    },
  }
}

/** Whether it is an address, or a network such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  try {
    addNetwork(new BlockList(), text)
    return true
  } catch {
    return false
  }
}

/** @throws Error when it is none. */
function addNetwork(list: BlockList, text: string): void {
  const [address = '', prefix, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix)))
    throw new Error('not a network')
  const type = family === 4 ? 'ipv4' : 'ipv6'
  if (prefix === undefined) list.addAddress(unmapped(address), isIPv4(unmapped(address)) ? 'ipv4' : 'ipv6')
  else list.addSubnet(address, Number(prefix), type)
}

/** An address as proxies write it: bare, with a port, in brackets. */
function parseHop(text: string): string | undefined {
  const hop = text.trim()
  const bare = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(hop)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(hop)?.[1] ?? hop
  const address = bare.replace(/%[\w.-]*$/, '')
  return isIP(address) === 0 ? undefined : unmapped(address)
}

/** IPv4 in IPv6 (`::ffff:192.0.2.1`, `::ffff:c000:201`) as IPv4; IPv6 in its one shortest form. */
function unmapped(address: string): string {
  if (isIPv4(address)) return address
  const shortest = new SocketAddress({ address, family: 'ipv6' }).address.toLowerCase()
  const mapped = /^::ffff:(.+)$/.exec(shortest)?.[1]
  if (mapped === undefined) return shortest
  if (isIPv4(mapped)) return mapped
  const [high = Number.NaN, low = Number.NaN] = mapped.split(':').map((part) => Number.parseInt(part, 16))
  return mapped.split(':').length === 2 ? [high >> 8, high & 255, low >> 8, low & 255].join('.') : shortest
}

/** What addresses are counted by. */
function groupOf(address: string): string {
  if (isIPv4(address)) return address
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  // An IPv4 tail stands for two groups.
  const width = (parts: readonly string[]): number => parts.length + (parts.at(-1)?.includes('.') === true ? 1 : 0)
  const zeros = tail === undefined ? 0 : 8 - width(left) - width(right)
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
  return `${groups.slice(0, 4).join(':')}::/64`
}
