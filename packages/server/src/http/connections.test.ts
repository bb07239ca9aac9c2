import { EventEmitter } from 'node:events'
import type { Server } from 'node:http'
import { expect, test } from 'vitest'
import { boundConnections } from './connections.ts'

/** A server to which connections are handed by the test. */
class FakeServer extends EventEmitter {
  madeRoom = 0

  closeIdleConnections(): void {
    this.madeRoom++
  }
}

class FakeConnection extends EventEmitter {
  readonly remoteAddress: string
  written = ''

  constructor(remoteAddress: string) {
    super()
    this.remoteAddress = remoteAddress
  }

  write(text: string): void {
    this.written += text
  }

  destroy(): void {
    this.emit('close')
  }
}

function open(limits: { connections: number; connectionsPerAddress: number }) {
  const server = new FakeServer()
  const limited: string[] = []
  const refused: string[] = []
  const time = { ms: 0 }
  boundConnections(server as unknown as Server, {
    limits,
    peerOf: (address) => (address === 'proxy' ? undefined : address),
    limited: (reason) => limited.push(reason),
    refused: (code) => refused.push(code),
    clock: () => time.ms,
  })
  function connect(address: string): FakeConnection {
    const connection = new FakeConnection(address)
    server.emit('connection', connection)
    return connection
  }
  return { server, connect, limited, refused, time }
}

test('an address has so many connections, however often it comes, and its place is free when one ends', () => {
  const { connect, limited, refused } = open({ connections: 0, connectionsPerAddress: 2 })
  const first = connect('192.0.2.1')
  connect('192.0.2.1')
  for (let i = 0; i < 3; i++) expect(connect('192.0.2.1').written).toMatch(/^HTTP\/1\.1 429 .*"code":"rate_limited"/s)
  expect(connect('192.0.2.2').written).toBe('')
  first.destroy()
  expect(connect('192.0.2.1').written).toBe('')
  expect(connect('192.0.2.1').written).not.toBe('')
  expect(limited).toEqual(Array.from({ length: 4 }, () => 'connections_per_address'))
  expect(refused).toEqual(Array.from({ length: 4 }, () => 'rate_limited'))
})

test('a proxy has as many as it likes, and they count among all', () => {
  const { server, connect, limited, refused, time } = open({ connections: 5, connectionsPerAddress: 2 })
  const connections = Array.from({ length: 105 }, () => connect('proxy'))
  expect(connections.filter(({ written }) => written !== '')).toEqual([])
  for (const address of ['proxy', '192.0.2.1'])
    expect(connect(address).written).toMatch(/^HTTP\/1\.1 503 .*"code":"server_full"/s)
  expect([limited, refused]).toEqual([
    ['connections', 'connections'],
    ['server_full', 'server_full'],
  ])
  // Once a second those that only wait are closed.
  expect(server.madeRoom).toBe(1)
  time.ms += 1_000
  connect('proxy')
  expect(server.madeRoom).toBe(2)
})
