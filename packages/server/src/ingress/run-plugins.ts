import { Transform } from 'node:stream'
import type { RoomKey } from '@whisperrooms/protocol'
import type { Clock } from '../clock.ts'
import { Fifo } from '../streams/fifo.ts'
import type { Intent, Sender } from './intent.ts'
import type { PluginLanes, Result } from './plugin-lanes.ts'
import { type Said, type StageTools, saidOf } from './said.ts'

/** With the plugins it is nobody's turn to confirm it. */
const NEVER = Number.POSITIVE_INFINITY

/** What of one sender has not left yet. */
interface Staying {
  /** Messages that came, and those of them that left: in the same order, as all are of one room. */
  entered: number
  left: number
  /** What else the sender wants, each behind so many of their messages. No more than a socket may have under way. */
  readonly behind: { readonly intent: Intent; readonly after: number }[]
}

/**
 * Takes messages through the plugins: those of one room one after another, rooms side by side and in turns. What else a sender wants waits
 * only behind that sender's own messages, so that a `burn` comes behind what they said before it and not behind what others did.
 *
 * It takes in all that comes: whoever has too much under way is not read (a socket's quota), which a slow room must not do to others.
 */
export function runPlugins(tools: StageTools, lanes: PluginLanes, clock: Clock): Transform {
  const { refuse, refused } = tools
  /** What waits, by room; a room is here for as long as anything of it is with the plugins. */
  const rooms = new Map<RoomKey, Fifo<Intent>>()
  /** Rooms that wait for a free lane, in turn. */
  const ready = new Fifo<Fifo<Intent>>()
  /** Senders of whom something has not left yet. */
  const staying = new Map<Sender, Staying>()
  let starting = false

  const stage = new Transform({
    objectMode: true,
    transform(intent: Intent, _encoding, done) {
      const isForPlugins = saidOf(intent) !== undefined
      const own = staying.get(intent.sender)
      if (isForPlugins) enter(intent, own)
      else if (own === undefined) return done(null, intent)
      else waitBehind(intent, own)
      done()
    },
  })

  function waitBehind(intent: Intent, own: Staying): void {
    intent.since = NEVER
    own.behind.push({ intent, after: own.entered })
  }

  function enter(intent: Intent, own: Staying = { entered: 0, left: 0, behind: [] }): void {
    intent.since = NEVER
    own.entered++
    staying.set(intent.sender, own)
    const { key } = intent.sender.room
    const waiting = rooms.get(key)
    if (waiting !== undefined) return waiting.push(intent)
    const first = new Fifo<Intent>()
    first.push(intent)
    rooms.set(key, first)
    ready.push(first)
    startSome()
  }

  /** Once at a time: a plugin may answer before it has been asked to the end, and many that do must not pile up on the stack. */
  function startSome(): void {
    if (starting) return
    starting = true
    while (lanes.hasFree) {
      const waiting = ready.shift()
      if (waiting === undefined) break
      startNext(waiting)
    }
    starting = false
  }

  function startNext(waiting: Fifo<Intent>): void {
    for (let intent = waiting.shift(); intent !== undefined; intent = waiting.shift()) {
      const said = passOver(intent) ? undefined : saidOf(intent)
      if (said !== undefined) return start(intent, said, waiting)
      leave(intent)
      if (waiting.size === 0) rooms.delete(intent.sender.room.key)
    }
  }

  /** Whether no plugin need see it any more. */
  function passOver(intent: Intent): boolean {
    const { sender, said, state } = intent
    if (state !== 'open') return true
    // It is held where it is committed: that what came before it was refused is known there as well.
    if (intent.hold !== sender.hold) return true
    if (said === undefined || said.before > sender.room.now) return false
    refuse(intent, 'too_late')
    return true
  }

  function start(intent: Intent, said: Said, waiting: Fifo<Intent>): void {
    const { member, name, room } = intent.sender
    const { frame } = intent
    const ttl = Math.min((frame.type === 'send' ? frame.ttl : undefined) ?? room.settings.ttl, room.settings.ttl)
    const { text, meta, kind } = said
    lanes.run({ text, meta: { ...meta }, rejected: false, member, name, kind, ttl }, (result) => {
      settle(intent, said, result)
      if (waiting.size === 0) rooms.delete(room.key)
      else ready.push(waiting)
      startSome()
    })
  }

  function settle(intent: Intent, said: Said, result: Result): void {
    if (result.ok) {
      said.text = result.text
      said.meta = result.meta
    } else {
      refused(result.plugin, result.reason, result.error)
      refuse(intent, result.reason === 'rejected' ? 'rejected' : 'stage_failed')
    }
    leave(intent)
  }

  function leave(intent: Intent): void {
    passOn(intent)
    const own = staying.get(intent.sender)
    if (own === undefined) return
    own.left++
    while ((own.behind[0]?.after ?? NEVER) <= own.left) {
      const next = own.behind.shift()
      if (next !== undefined) passOn(next.intent)
    }
    if (own.left === own.entered) staying.delete(intent.sender)
  }

  function passOn(intent: Intent): void {
    intent.since = clock()
    if (intent.state === 'open') stage.push(intent)
  }

  return stage
}
