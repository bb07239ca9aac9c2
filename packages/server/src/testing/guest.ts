import type { ErrorFrame, MessageFrame, WelcomeFrame } from '@whisperrooms/protocol'
import type { Received } from './fake-socket.ts'
import type { TestClient, TestGateway } from './test-gateway.ts'

/** A client of a test that says what it likes and keeps all it gets. */
export interface Guest extends TestClient {
  readonly frames: readonly Received[]
  of<T extends Received['type']>(type: T): Extract<Received, { type: T }>[]
  /** The texts of the messages it got, in order. */
  texts(): string[]
  errors(): ErrorFrame['code'][]
  welcome(): WelcomeFrame
}

/** The secret by which whoever goes by a name is the same member each time. */
export const sessionOf = (name: string) => name.padEnd(22, '-')

/** Opens a socket and joins, making the room if need be. */
export async function guest(gateway: TestGateway, room: string, name: string, join: object = {}): Promise<Guest> {
  const client = gateway.connect(room)
  client.say({ type: 'join', protocol: 1, name, session: sessionOf(name), create: {}, ...join })
  await gateway.time.settle()
  return asGuest(client)
}

export function asGuest(client: TestClient): Guest {
  const frames = client.socket.received
  const of = <T extends Received['type']>(type: T) =>
    frames.filter((frame): frame is Extract<Received, { type: T }> => frame.type === type)
  return {
    ...client,
    frames,
    of,
    texts: () => of('message').map((frame: MessageFrame) => frame.text),
    errors: () => of('error').map((frame) => frame.code),
    welcome() {
      const [first] = of('welcome')
      if (first === undefined) throw new Error('was not welcomed')
      return first
    },
  }
}

let count = 0

/** A `send` frame under a key of its own. */
export const send = (text: string, fields: object = {}) => ({
  type: 'send',
  key: `guest-key-${count++}`,
  text,
  ...fields,
})
