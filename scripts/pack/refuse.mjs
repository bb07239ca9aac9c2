import { fail } from '../runtime.mjs'

// `prepack` of the packages in the repository, whose entries are TypeScript: Node does not run that inside of node_modules.

fail(
  'This would pack the sources. `npm run pack`, in the root of the repository, makes the packages as they are published, in dist/.',
)
