/** What a scenario gives: Markdown for people, figures for the JSON line, and whether its counting can be trusted. */
export interface Report {
  readonly markdown: string
  readonly figures: unknown
  /** The most that others used of the server's core while it was measured, 0–1; 0 where time does not matter. */
  readonly othersOnCore: number
  /** Why the figures mean nothing, if so. */
  readonly invalid: readonly string[]
}
