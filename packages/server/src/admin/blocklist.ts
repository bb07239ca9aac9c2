import { BlockList, isIP } from 'node:net'
import type { Clock } from '../clock.ts'

/** The most blocks at a time: every connection is held against each of them. */
const MAX_BLOCKS = 1_000
/** Nobody can be shut out by wider prefixes than these: they hold more people than any block can mean. */
const WIDEST = { ipv4: 8, ipv6: 16 } as const

/** Of IPv6 nobody has less than a /64: an address of it stands for that. */
const NARROWEST_IPV6 = 64

/** One address, or all that begin alike. */
export interface Prefix {
  readonly family: 'ipv4' | 'ipv6'
  readonly address: string
  /** How many bits are alike. */
  readonly bits: number
}

/** Addresses that are not let in, each for a while. It is this gateway's, and gone with it. */
export interface Blocklist {
  /** @returns `false` when there are as many blocks as there may be. */
  block(prefix: Prefix, seconds: number): boolean
  /** @returns whether there was such a block. */
  unblock(prefix: Prefix): boolean
  /** @param address plain, or an IPv6 /64 such as `2001:db8:1:2::/64`. */
  isBlocked(address: string): boolean
  /** @returns how long the address, as above, will be blocked from now on, in milliseconds; 0 when it is not. */
  blockedMs(address: string): number
  /** Has `blocked` called after every new block. */
  onBlocked(blocked: () => void): void
  readonly size: number
}

interface Block {
  readonly list: BlockList
  /** On the monotonic clock, milliseconds. */
  readonly untilMs: number
}

/** @param clock the gateway's monotonic clock. */
export function blocklist(clock: Clock): Blocklist {
  const blocks = new Map<string, Block>()
  const listeners: (() => void)[] = []

  function prune(): void {
    const now = clock()
    for (const [id, { untilMs }] of blocks) if (untilMs <= now) blocks.delete(id)
  }

  function blockedMs(address: string): number {
    if (blocks.size === 0) return 0
    const plain = plainAddress(address.replace(/\/64$/, ''))
    const family = familyOf(plain)
    if (family === undefined) return 0
    let untilMs = clock()
    const now = untilMs
    for (const block of blocks.values())
      if (block.untilMs > untilMs && block.list.check(plain, family)) untilMs = block.untilMs
    return untilMs - now
  }

  return {
    get size() {
      prune()
      return blocks.size
    },

    block(prefix, seconds) {
      prune()
      const id = idOf(prefix)
      if (blocks.size >= MAX_BLOCKS && !blocks.has(id)) return false
      const list = new BlockList()
      list.addSubnet(prefix.address, prefix.bits, prefix.family)
      blocks.set(id, { list, untilMs: clock() + seconds * 1000 })
      for (const blocked of listeners) blocked()
      return true
    },

    unblock: (prefix) => blocks.delete(idOf(prefix)),

    isBlocked: (address) => blockedMs(address) > 0,
    blockedMs,

    onBlocked(blocked) {
      listeners.push(blocked)
    },
  }
}

/**
 * Reads `203.0.113.7`, `203.0.113.0/24`, `2001:db8::7` (its /64) or `2001:db8::/48`.
 *
 * @returns `undefined` for anything else, and for prefixes that are too wide.
 */
export function parsePrefix(text: string): Prefix | undefined {
  const [, given, digits] = /^([0-9A-Fa-f.:]{2,45})(?:\/(\d{1,3}))?$/.exec(text) ?? []
  if (given === undefined) return undefined
  const address = plainAddress(given)
  const family = familyOf(address)
  // An IPv4 address written as one of IPv6 has another number of bits.
  if (family === undefined || (address !== given && digits !== undefined)) return undefined
  const most = family === 'ipv4' ? 32 : 128
  const bits = digits === undefined ? most : Number(digits)
  if (bits < WIDEST[family] || bits > most) return undefined
  return { family, address, bits: family === 'ipv6' ? Math.min(bits, NARROWEST_IPV6) : bits }
}

function familyOf(address: string): Prefix['family'] | undefined {
  const version = isIP(address)
  if (version === 0) return undefined
  return version === 4 ? 'ipv4' : 'ipv6'
}

/** An IPv4 address as such, also where it came over a socket of IPv6. */
function plainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
}

const idOf = ({ address, bits }: Prefix): string => `${address.toLowerCase()}/${bits}`
