import { Session } from 'node:inspector/promises'

/** How many listeners there are, by the class of what they listen to: `process`, `Server`, `Socket`, `WebSocket` and so on. */
export type Listeners = Readonly<Record<string, number>>

const PROTOTYPE = `process.getBuiltinModule('node:events').prototype`
/** Prototypes are found as well, some of which cannot be asked. */
const COUNT = `function () {
  const counts = {}
  for (const emitter of this) {
    let count = 0
    try {
      for (const name of emitter.eventNames()) count += emitter.listenerCount(name)
    } catch {}
    if (count > 0) counts[emitter.constructor.name] = (counts[emitter.constructor.name] ?? 0) + count
  }
  return counts
}`

/**
 * Counts the listeners of every event emitter that is still in this process's memory, whoever holds it: after a collection, so that what
 * is unused does not count. The inspector finds them; that takes some tenths of a second, in which nothing else happens.
 */
export async function countListeners(): Promise<Listeners> {
  const session = new Session()
  session.connect()
  try {
    const { result } = await session.post('Runtime.evaluate', { expression: PROTOTYPE })
    const { objects } = await session.post('Runtime.queryObjects', { prototypeObjectId: result.objectId ?? '' })
    const counted = await session.post('Runtime.callFunctionOn', {
      objectId: objects.objectId ?? '',
      functionDeclaration: COUNT,
      returnByValue: true,
    })
    return counted.result.value as Listeners
  } finally {
    session.disconnect()
  }
}
