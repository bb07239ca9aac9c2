import { Transform } from 'node:stream'

/**
 * A pipeline stage: a Transform in object mode that maps one item to one, or to none (`undefined`).
 *
 * An exception in `map` would end the pipeline for everybody: stages decide, they do not throw.
 */
export function stage<In, Out>(map: (item: In) => Out | undefined): Transform {
  return new Transform({
    objectMode: true,
    transform(item: In, _encoding, done) {
      done(null, map(item))
    },
  })
}
