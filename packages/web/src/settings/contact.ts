/** Where the server says that abuse can be reported; `undefined` when it says nowhere, or something that is no such link. */
export function readContact(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('contact' in answer)) return undefined
  const { contact } = answer
  return typeof contact === 'string' && /^(?:mailto:|https:\/\/)/i.test(contact) ? contact : undefined
}
