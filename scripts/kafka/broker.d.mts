import type { Installation } from './installation.mjs'

/** See `broker.mjs`, which says what each of these does. */
export interface Broker {
  readonly brokers: string
  readonly logDir: string
  ended(): Promise<number | null>
  output(): string
  stop(): Promise<void>
  kill(): Promise<void>
  startAgain(options?: { readonly empty?: boolean }): Promise<void>
}

export function startBroker(
  installation: Installation,
  options?: { readonly port?: number; readonly zookeeper?: boolean; readonly log?: (text: string) => void },
): Promise<Broker>
