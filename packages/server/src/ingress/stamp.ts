import type { Transform } from 'node:stream'
import { LIMITS, type Meta, type RoomRecord } from '@whisperrooms/protocol'
import { idOfInvite } from '../people/invites.ts'
import { writeBody } from '../rooms/body.ts'
import { stage } from '../streams/stage.ts'
import type { Intent, IntentFrame, Sender } from './intent.ts'
import type { Said } from './said.ts'

/** A signal that reaches the log later than this says nothing any more, in milliseconds. */
const SIGNAL_MS = 6_000

/** Makes the record: frozen from here on are the time to live, and the time until which it may enter the log. */
export function stamp(): Transform {
  return stage<Intent, Intent>((intent) => {
    const { sender, frame, said } = intent
    const { now } = sender.room
    intent.record = {
      v: 1,
      kind: frame.type === 'send' ? 'message' : frame.type,
      room: sender.room.key,
      member: sender.member,
      as: sender.role,
      ...(sender.ownerHash === undefined ? {} : { owner: sender.ownerHash }),
      ...(sender.via === undefined ? {} : { via: sender.via }),
      joined: sender.joined,
      key: intent.key,
      ttl: ttlOf(frame, sender),
      ...deadlineOfTarget(frame, sender),
      notAfter: said?.before ?? notAfterOf(frame, now),
      body: bodyOf(frame, sender, said),
    } satisfies RoomRecord
    return intent
  })
}

function ttlOf(frame: IntentFrame, sender: Sender): number {
  if (frame.type !== 'send') return 0
  const { ttl } = sender.room.settings
  return Math.min(Math.floor(frame.ttl ?? ttl), ttl)
}

/** Whoever reads it when its target has vanished knows by that whether the target lived when this was said of it. */
function deadlineOfTarget(frame: IntentFrame, { room }: Sender): Pick<RoomRecord, 'deadline'> {
  if (frame.type !== 'unsend' && frame.type !== 'react') return {}
  const target = room.log.find(frame.target, room.now)
  return target === undefined ? {} : { deadline: target.deadlineMs }
}

function notAfterOf(frame: IntentFrame, now: number): number {
  if (frame.type === 'typing') return now + SIGNAL_MS
  return frame.type === 'send' && frame.before !== undefined ? frame.before : now + LIMITS.beforeMs
}

function bodyOf(frame: IntentFrame, { member, name }: Sender, said: Said | undefined): Buffer {
  const from = { id: member, name }
  switch (frame.type) {
    case 'send':
      return writeBody({
        from,
        text: said?.text ?? frame.text,
        ...(frame.replyTo === undefined ? {} : { replyTo: frame.replyTo }),
        ...(said === undefined || isEmpty(said.meta) ? {} : { meta: said.meta }),
      })
    case 'unsend':
      return writeBody({ target: frame.target })
    case 'react':
      return writeBody({ target: frame.target, emoji: frame.emoji, on: frame.on, from })
    case 'typing':
      return writeBody({ from, on: frame.on })
    case 'set': {
      const { type: _, re: __, ...change } = frame
      return writeBody(change)
    }
    case 'kick':
      return writeBody({ member: frame.member })
    case 'mute':
      return writeBody({ member: frame.member, on: frame.on })
    case 'role':
      return writeBody({ member: frame.member, role: frame.role })
    case 'revoke':
      return writeBody({ invite: idOfInvite(frame.invite) })
    case 'burn':
    case 'close':
      return writeBody({})
  }
}

function isEmpty(meta: Meta): boolean {
  for (const _ in meta) return false
  return true
}
