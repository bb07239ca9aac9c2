import type { Settings } from './driver.ts'

/** A topic as it was found. */
export interface FoundTopic {
  readonly name: string
  readonly partitions: number
  /** Of the partition that has the fewest; `undefined` when the driver does not tell. */
  readonly replicas: number | undefined
  /** Defaults included. */
  readonly settings: Settings
}

export interface Found {
  readonly log: FoundTopic
  readonly state: FoundTopic
  /** The settings of every broker, by its id. */
  readonly brokers: ReadonlyMap<number, Settings>
}

/** What is wrong with a topic or a broker, and how it is mended. */
export interface Fault {
  readonly of: { readonly topic: string } | { readonly broker: number }
  /** The setting's name, or `partitions`, `replicas`. */
  readonly setting: string
  readonly actual: string
  readonly wanted: string
  readonly why: string
  /** A `warning` is told; with an `error` gateways do not start. */
  readonly level: 'error' | 'warning'
  readonly mend: Mend
}

export type Mend =
  /** Settings of the topic; another one may have to go with it. */
  | { readonly how: 'set on the topic'; readonly settings: Settings }
  /** A setting a broker takes while it runs. */
  | { readonly how: 'set on the broker' }
  /** A setting a broker reads when it starts. */
  | { readonly how: 'set in the file' }
  | { readonly how: 'add partitions' }
  | { readonly how: 'reassign' }

/** A setting of a topic that is not as it must be. `together` is what has to be changed with it. */
export function topicFault(
  topic: string,
  settings: Settings,
  setting: string,
  wanted: string,
  why: string,
  together?: Settings,
): Fault {
  return {
    of: { topic },
    setting,
    actual: settings[setting] ?? 'unknown',
    wanted,
    why,
    level: 'error',
    mend: { how: 'set on the topic', settings: { [setting]: wanted, ...together } },
  }
}

/** A setting that a broker reads when it starts, and that is not as it must be. */
export function brokerFault(broker: number, settings: Settings, setting: string, wanted: string, why: string): Fault {
  return {
    of: { broker },
    setting,
    actual: settings[setting] ?? 'unknown',
    wanted,
    why,
    level: 'error',
    mend: { how: 'set in the file' },
  }
}
