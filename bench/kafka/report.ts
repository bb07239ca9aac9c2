/** A limit, what was seen of it, and whether it was kept. */
export interface Limit {
  readonly kept: boolean
  readonly promise: string
  readonly seen: string
}

/** What a scenario gives: Markdown for people, figures for the JSON line, and the limits it judged. */
export interface KafkaReport {
  readonly markdown: string
  readonly figures: unknown
  readonly limits: readonly Limit[]
  /** Why the figures mean nothing, if so. */
  readonly invalid: readonly string[]
}
