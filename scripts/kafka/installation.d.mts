/** See `installation.mjs`. */
export interface Installation {
  readonly java: string
  readonly classPath: string
  readonly flags: readonly string[]
}

export interface Release {
  readonly name: string
  readonly artifacts: readonly string[]
}

export const RELEASES: { readonly kraft: Release; readonly zookeeper: Release }

export function ensureKafka(options?: {
  readonly release?: Release
  readonly say?: (text: string) => void
}): Promise<Installation>
