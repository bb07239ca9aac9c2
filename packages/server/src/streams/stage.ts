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

/** The same for items that come many at a time: a stream's own work is then done once for all of them. */
export function batchStage<In, Out>(map: (item: In) => Out | undefined): Transform {
  return stage<readonly In[], readonly Out[]>((items) => {
    const mapped: Out[] = []
    for (const item of items) {
      const out = map(item)
      if (out !== undefined) mapped.push(out)
    }
    return mapped
  })
}
