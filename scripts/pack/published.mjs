/** A source file, as an entry in package.json names it. */
const SOURCE = /^\.\/src\/(.+)\.ts$/

/**
 * A package.json as it is published: what names sources names what is built from them, and what keeps the sources from being published
 * (`private`, and a script that refuses) is gone.
 *
 * @param {Record<string, any>} manifest as it is in the repository.
 * @returns {Record<string, any>}
 */
export function published({ private: _, scripts: __, exports: entries = {}, bin, ...manifest }) {
  return {
    ...manifest,
    ...(bin === undefined ? {} : { bin: mapValues(bin, built) }),
    exports: {
      ...mapValues(entries, (source) => ({ types: built(source).replace(/\.js$/, '.d.ts'), default: built(source) })),
      './package.json': './package.json',
    },
    files: ['dist', ...(manifest.files ?? [])],
    publishConfig: { access: 'public' },
  }
}

/** @param {string} source */
function built(source) {
  const [, name] = SOURCE.exec(source) ?? []
  if (name === undefined) throw new Error('an entry of package.json is no source file')
  return `./dist/${name}.js`
}

/**
 * @template T
 * @param {Record<string, string>} values
 * @param {(value: string) => T} map
 */
function mapValues(values, map) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]))
}
