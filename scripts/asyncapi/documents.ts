import { asyncApi } from './document.ts'
import { openApi } from './openapi.ts'
import { withReference } from './reference.ts'

/** What is made from the schemas: each file with its new content, which may depend on what is in it. */
export const documents: Readonly<Record<string, (present: () => string) => string>> = {
  'docs/asyncapi.json': () => `${JSON.stringify(asyncApi(), null, 2)}\n`,
  'docs/openapi.json': () => `${JSON.stringify(openApi(), null, 2)}\n`,
  'docs/protocol.md': (present) => withReference(present()),
}
