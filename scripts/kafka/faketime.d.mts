export function ensureFaketime(options?: { readonly say?: (text: string) => void }): Promise<string>
