export const PACKAGES: readonly string[]
export function packAll(destination: string): Promise<string[]>
