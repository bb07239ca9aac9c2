import type { Installation } from './installation.mjs'

/** See `certificates.mjs`. */
export interface Identity {
  readonly cert: string
  readonly key: string
}

/** See `cluster.mjs`. */
export interface Secured {
  readonly saslSsl: string
  readonly ssl: string
  readonly ca: string
  readonly client: Identity
}

/** See `broker.mjs`, which says what each of these does. */
export interface Broker {
  readonly brokers: string
  readonly secured: Secured | undefined
  readonly logDir: string
  ended(): Promise<number | null>
  output(): string
  stop(): Promise<void>
  kill(): Promise<void>
  startAgain(options?: { readonly empty?: boolean }): Promise<void>
  killNode(id: number): Promise<void>
  startNode(id: number): Promise<void>
}

/** See `broker.mjs`; of `security`, `security.mjs`. */
export interface BrokerOptions {
  readonly port?: number
  readonly zookeeper?: boolean
  readonly nodes?: number
  readonly security?: { readonly users: Readonly<Record<string, string>>; readonly limited?: readonly string[] }
  readonly settings?: Readonly<Record<string, string | number | boolean>>
  readonly env?: Readonly<Record<string, string>>
  readonly log?: (text: string) => void
}

export function startBroker(installation: Installation, options?: BrokerOptions): Promise<Broker>
