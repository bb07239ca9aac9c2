import type { Words } from './words.ts'

const BEFORE =
  'Until when it may enter the log, in bus time, milliseconds: at most 10 s ahead. Keep it when trying again. Default: 10 s from its arrival.'

/** What the parts of HTTP's bodies are about. */
export const HTTP_WORDS: Readonly<Record<string, Words>> = {
  post: {
    about: 'A message to say: a `send` frame without its type.',
    fields: {
      key: 'Names the message, also when it is sent again. Default: one is made, and told in the answer.',
      ttl: 'How long it lives, in seconds: at least 1, and no longer than the room’s.',
      before: BEFORE,
    },
  },
  ack: {
    about: 'The message is in the log.',
    fields: { duplicate: 'It was there already, under the same key.', target: 'Its offset.' },
  },
  refusal: {
    about: 'It was refused; docs/errors.md has the codes.',
    fields: {
      error: 'Why.',
      'error.code': 'What programs act on.',
      'error.message': 'For people; never repeats what was sent.',
      'error.key': 'Of the message that was refused, to send it again under.',
      'error.retryAfter': 'When to try again, in milliseconds from now.',
    },
  },
  rooms: {
    about: 'A page of the rooms that want to be listed, by name.',
    fields: {
      rooms: 'At most 100.',
      'rooms.room': 'Its name.',
      next: 'The last room of this page, to ask for `after`, when there are more.',
    },
  },
  where: { about: 'Where a room’s socket is.', fields: { url: 'Of the WebSocket.' } },
  limits: {
    about: 'Sizes and rates this server holds clients to.',
    fields: {
      text: 'UTF-16 units of a text.',
      textBytes: 'Bytes of a text in UTF-8.',
      frame: 'Bytes of a frame, and of the body of a post.',
      name: 'UTF-16 units of a name.',
      ttlMin: 'The shortest time to live of a room, in seconds.',
      ttlMax: 'The longest time to live of a room, in seconds.',
      ttlDefault: 'What a room has when nobody says, in seconds.',
      heartbeat: 'How often a `ping` is due, in milliseconds.',
      typing: 'How often `typing` may be said, in milliseconds.',
      replay: 'Messages a newcomer is shown.',
      resume: 'Frames that are replayed to who comes back.',
      inFlight: 'Messages that may be unconfirmed before the server takes no more.',
      contact: 'Where abuse can be reported.',
    },
  },
  proof: {
    about: 'What is held now, and by when it is gone: numbers alone.',
    fields: {
      held: 'In this gateway’s memory.',
      'held.rooms': 'Rooms.',
      'held.messages': 'Living messages.',
      'held.bytes': 'Memory that the rooms’ logs take.',
      broker: '`null` without brokers: then nothing is kept outside this process.',
      'broker.erasedWithin': 'Seconds from its sending until a message is gone from every broker; `null`: never.',
      'broker.declaredInMemory': 'Whether the operator says that the brokers keep their logs in memory.',
    },
  },
  health: { about: 'Whether all is well.', fields: { status: '`ok`, or not.' } },
}
