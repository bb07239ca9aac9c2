/** Characters of `meta` as JSON, and how many objects and lists may lie in each other. */
const META_CHARS = 16 * 1024
const META_LEVELS = 16

export type Meta = Readonly<Record<string, unknown>>

/** Whether a value of JSON may be the `meta` of a message: an object, of at most 16 Ki characters and 16 levels. */
export function isMeta(value: unknown): value is Meta {
  return (
    isObject(value) &&
    !Array.isArray(value) &&
    isShallow(value, META_LEVELS) &&
    JSON.stringify(value).length <= META_CHARS
  )
}

/** Whether at most so many objects and lists lie in each other: what a reader can take depends on nobody's stack. */
function isShallow(value: unknown, levels: number): boolean {
  if (!isObject(value)) return true
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
