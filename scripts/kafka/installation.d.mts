/** See `installation.mjs`. */
export interface Installation {
  readonly java: string
  readonly classPath: string
  readonly flags: readonly string[]
}

export function ensureKafka(options?: { readonly say?: (text: string) => void }): Promise<Installation>
