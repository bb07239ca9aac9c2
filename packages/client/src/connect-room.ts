import {
  CLOSE,
  type ClientFrameOf,
  type Epoch,
  type Offset,
  ROOM_PATTERN,
  type RoomFrame,
  type ServerFrame,
} from '@whisperrooms/protocol'
import { createBusTime } from './bus-time.ts'
import { callOut } from './call-out.ts'
import { createConnection } from './connection.ts'
import { createOutbox } from './create-outbox.ts'
import { defaultEnvironment } from './default-environment.ts'
import type { Environment } from './environment.ts'
import { keepIdentity, newKey } from './identity.ts'
import { createDoor } from './join-frame.ts'
import { createNotifier } from './notifier.ts'
import { createPeople } from './people.ts'
import { createRequests } from './requests.ts'
import { createRoomSession } from './room-session.ts'
import { schedulerOf } from './scheduler.ts'
import { socketUrl } from './socket-url.ts'
import { createTimeline } from './timeline.ts'
import type { ConnectOptions, RoomConnection, RoomSnapshot, SetSettings } from './types.ts'
import { createTypingThrottle } from './typing-throttle.ts'
import { WhisperError } from './whisper-error.ts'

/**
 * Enters a room and stays in it, over as many sockets as it takes, until `leave()` or until the server says that coming back is
 * of no use. May be called once per room; all rooms of an environment share one timer.
 *
 * @param url the gateway: `http(s)://host[:port]` or `ws(s)://host[:port]`
 * @param room its name, 1–64 characters of `A–Z a–z 0–9 _ -`; with any other the connection is closed at once, with `bad_room`
 * @param environment clock, timer, sockets; tests and workers bring their own
 * @throws TypeError when `url` is none
 */
export function connectRoom(
  url: string,
  room: string,
  options: ConnectOptions,
  environment: Environment = defaultEnvironment(),
): RoomConnection {
  const target = socketUrl(url, room)
  const scheduler = schedulerOf(environment)
  const notifier = createNotifier(scheduler)
  let snapshot: RoomSnapshot | undefined

  function changed(): void {
    snapshot = undefined
    notifier.changed()
  }

  const identity = keepIdentity(options, environment.random)
  const door = createDoor(room, options, identity)
  const busTime = createBusTime()
  const timeline = createTimeline()
  const people = createPeople(scheduler, changed)
  const requests = createRequests(scheduler)
  const purgeAlarm = scheduler.alarm(purge)

  const connection = createConnection(environment, scheduler, {
    url: () => target,
    join: () => session.join(),
    received(data) {
      session.receive(data)
      purgeAlarm.set(timeline.soonestMs())
    },
    lost(closeCode) {
      if (closeCode === CLOSE.tooBig) outbox.tooBig()
      session.lost()
      throttle.reset()
    },
    canJoinOtherwise: (why) => door.canJoinOtherwise(why, session.told()),
    closed: (why) => outbox.end(why),
    changed,
  })

  const outbox = createOutbox({
    scheduler,
    unit: () => environment.random.unit(),
    newKey: () => newKey(environment.random),
    busNow: () => busTime.toBus(scheduler.now()),
    ttlSeconds: () => session.told().settings?.ttl,
    send: connection.send,
    ask: connection.ping,
    changed,
    // Later, because the application may well send it again.
    returned: (item) => void Promise.resolve().then(() => callOut(() => options.onReturned?.(item))),
  })

  const session = createRoomSession({
    scheduler,
    identity,
    door,
    busTime,
    timeline,
    people,
    requests,
    outbox,
    connection,
    changed,
    arrived: (message) => callOut(() => options.onArrival?.(message)),
  })

  const throttle = createTypingThrottle(
    scheduler,
    () => session.told().typingMs,
    (on) => connection.send({ type: 'typing', on }),
  )

  function getSnapshot(): RoomSnapshot {
    // A snapshot read between a deadline and its alarm shows nothing past it.
    if (timeline.purge(scheduler.now())) changed()
    const { you, settings, features, more } = session.told()
    snapshot ??= {
      connection: connection.state(),
      you,
      settings,
      features,
      members: people.members(),
      count: people.count(),
      typing: people.typists(),
      timeline: timeline.items(),
      outbox: outbox.items(),
      more,
      epoch: session.epoch(),
    }
    return snapshot
  }

  /** Takes what is past its deadline off the screen at once, before anything else may be painted. */
  function purge(): void {
    if (timeline.purge(scheduler.now())) {
      snapshot = undefined
      notifier.changedNow()
    }
    purgeAlarm.set(timeline.soonestMs())
  }

  const sleepNoMore = environment.onWake((wake) => {
    purge()
    if (wake !== 'frozen') connection.woke()
    scheduler.runDue()
  })

  const you = () => session.told().you?.id
  const ask = (frame: Asked, isEffect: (frame: ServerFrame) => boolean) =>
    requests.ask((re) => connection.send({ ...frame, re }), isEffect)
  let loading: Promise<void> | undefined

  function load(): Promise<void> {
    const before = session.oldest()
    if (before === undefined) return Promise.reject(new WhisperError('bus_unavailable'))
    return ask({ type: 'load', before }, (frame) => frame.type === 'loaded')
  }

  if (ROOM_PATTERN.test(room)) connection.open()
  else connection.end('bad_room')

  return {
    room,
    getSnapshot,
    subscribe: notifier.subscribe,
    now: () => scheduler.now(),

    send(text, { replyTo, ttlSeconds } = {}) {
      throttle.reset()
      return outbox.add(text, { replyTo, ttlSeconds })
    },
    retry: outbox.retry,
    discard: outbox.discard,

    unsend(target: Offset, epoch?: Epoch) {
      if (epoch !== undefined && epoch !== session.epoch()) return Promise.reject(new WhisperError('unknown_target'))
      return ask(
        { type: 'unsend', target },
        (frame) => frame.type === 'removed' && (frame.targets?.includes(target) || target < (frame.upTo ?? 0)),
      )
    },

    typing: throttle.typing,

    rename(name) {
      door.rename(name)
      connection.send({ type: 'rename', name })
    },

    set({ ttlSeconds: ttl, ...rest }: SetSettings) {
      const wanted = { ttl, ...rest }
      return ask(
        { type: 'set', ...wanted },
        (frame) => frame.type === 'room' && frame.by === you() && agrees(frame, wanted),
      )
    },

    burn() {
      return ask(
        { type: 'burn' },
        (frame) => frame.type === 'removed' && frame.upTo !== undefined && frame.by === you(),
      )
    },

    moderate: (action) =>
      ask(action, (frame) => frame.type === 'presence' && JSON.stringify(frame).includes(action.member)),

    loadOlder() {
      loading ??= load().finally(() => {
        loading = undefined
      })
      return loading
    },

    reconnectNow: connection.reconnectNow,

    leave() {
      sleepNoMore()
      requests.refuseAll('left')
      connection.end('left')
      people.replace([], 0)
      timeline.clear()
      purgeAlarm.clear()
    },
  }
}

/** A frame whose answer is its effect, or an error. */
type Asked = ClientFrameOf<'load' | 'unsend' | 'set' | 'burn' | 'kick' | 'mute' | 'role'>

/** Whether what `frame` changed is what was wanted; a setting that was so already need not be in it. */
function agrees(frame: RoomFrame, wanted: object): boolean {
  const changed: Readonly<Record<string, unknown>> = { ...frame }
  return Object.entries(wanted).every(
    ([name, wish]) => wish === undefined || !(name in changed) || changed[name] === wish,
  )
}
