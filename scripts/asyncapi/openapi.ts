import { LIMITS, ROOM_PATTERN } from '@whisperrooms/protocol'
import { HTTP_ANSWERS, POST_SCHEMA } from '@whisperrooms/protocol/all-schemas'
import { describe } from './describe.ts'
import { FRAMES } from './document.ts'
import { HTTP_WORDS } from './http-words.ts'
import { FIELDS } from './words.ts'

const BODIES = { post: POST_SCHEMA, ...HTTP_ANSWERS } as const

/** The frames that come as events. */
const EVENTS = ['message', 'removed', 'reaction', 'room', 'relay', 'live', 'gap'] as const

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const json = (description: string, name: string) => ({
  description,
  content: { 'application/json': { schema: ref(name) } },
})
const refused = (status: string, ...codes: readonly string[]) =>
  [status, json(`Refused: ${codes.map((code) => `\`${code}\``).join(', ')}.`, 'refusal')] as const

const responsesOf = (responses: readonly (readonly [status: string, response: object])[]): Record<string, object> =>
  Object.fromEntries(responses)

const ROOM = {
  name: 'room',
  in: 'path',
  required: true,
  description: 'The room’s name.',
  schema: { type: 'string', pattern: ROOM_PATTERN.source },
}
const LAST_EVENT_ID = {
  name: 'Last-Event-ID',
  in: 'header',
  description:
    'The id of the last event that was taken in: `epoch.offset.ticket`. What comes is what is behind it. One that is not good here is told by `live` with `recovered: false`, and never an error.',
  schema: { type: 'string' },
}

/** The OpenAPI 3.1 document of what a gateway offers over HTTP. Made from the schemas, never by hand. */
export function openApi(): object {
  const bodies = Object.entries(BODIES).map(
    ([name, schema]) => [name, describe(`HTTP ${name}`, schema, HTTP_WORDS[name], FIELDS)] as const,
  )
  const events = EVENTS.map((name) => [`event-${name}`, FRAMES.server[name]] as const)
  return {
    openapi: '3.1.0',
    info: {
      title: 'WhisperRooms',
      version: '1',
      description:
        'What a gateway offers over HTTP: posting and listening for bots, the list of rooms, and what an operator asks. The WebSocket is in docs/asyncapi.json.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The gateway.' }],
    security: [],
    tags: [
      { name: 'bots', description: 'With a token of `WR_BOT_TOKENS`.' },
      { name: 'rooms', description: 'For anybody.' },
      { name: 'operation', description: 'For whoever runs it.' },
    ],
    paths: paths(),
    components: {
      schemas: { ...Object.fromEntries(bodies), ...Object.fromEntries(events) },
      securitySchemes: {
        bot: { type: 'http', scheme: 'bearer', description: 'A token of `WR_BOT_TOKENS`, never in a URL.' },
      },
    },
  }
}

function paths(): object {
  return {
    '/api/rooms/{room}/messages': { parameters: [ROOM], post: postMessage() },
    '/api/rooms/{room}/events': { parameters: [ROOM], get: listen() },
    '/api/rooms': { get: rooms() },
    '/api/rooms/{room}/where': {
      parameters: [ROOM],
      get: {
        operationId: 'where',
        tags: ['rooms'],
        summary: 'Where a room’s socket is',
        description: 'With a hint for load balancers in its query; without it everything works, at more cost.',
        responses: responsesOf([['200', json('The URL.', 'where')], refused('400', 'bad_room')]),
      },
    },
    '/api/limits': plain('limits', 'rooms', 'What clients are held to', 'The limits.'),
    '/api/proof': plain('proof', 'operation', 'What is held, and by when it is gone', 'Numbers.'),
    '/livez': plain('health', 'operation', 'Whether the process answers', 'It does.', 'livez'),
    '/readyz': {
      get: {
        operationId: 'readyz',
        tags: ['operation'],
        summary: 'Whether messages can be passed on',
        responses: { 200: json('They can.', 'health'), 503: json('They cannot now.', 'health') },
      },
    },
  }
}

function postMessage(): object {
  return {
    operationId: 'post',
    tags: ['bots'],
    security: [{ bot: [] }],
    summary: 'Say something',
    description:
      'Answered once it is in the log. Send it again under the same `key` and `before` after a 429 or 503, or no answer: within 10 s it is said once. A room that is not there is made when the token has the right `create`. `Last-Event-ID` of the bot’s events lets it into a room that was locked since.',
    parameters: [LAST_EVENT_ID],
    requestBody: {
      required: true,
      description: `JSON in UTF-8, at most ${LIMITS.frameBytes} bytes.`,
      content: { 'application/json': { schema: ref('post') } },
    },
    responses: responsesOf([
      ['200', json('It is in the log.', 'ack')],
      refused('400', 'bad_frame', 'bad_room', 'bad_ttl', 'bad_before', 'empty_text'),
      refused('401', 'bad_token'),
      refused('403', 'not_allowed', 'room_locked'),
      refused('404', 'no_such_room'),
      refused('409', 'too_late'),
      refused('410', 'room_ended'),
      refused('413', 'too_long'),
      refused('415', 'bad_frame'),
      refused('422', 'rejected'),
      refused('429', 'rate_limited'),
      refused('500', 'internal', 'stage_failed'),
      refused('503', 'bus_unavailable', 'room_busy', 'server_full'),
    ]),
  }
}

function listen(): object {
  return {
    operationId: 'events',
    tags: ['bots'],
    security: [{ bot: [] }],
    summary: 'Listen',
    description:
      'The frames of the room’s log as Server-Sent Events: the event is the frame’s type, its data the frame. First what is alive, then `live`, then what is said. `live` and `gap` have no id; behind them, and now and then in a quiet room, the id comes alone. Every 15 s a comment. After 30 to 38 s the stream ends, with `retry: 100`: come back with the last id, and nothing is lost. Whoever listens is shown as a member.',
    parameters: [
      LAST_EVENT_ID,
      {
        name: 'lastEventId',
        in: 'query',
        description: 'The same, for who cannot set the header.',
        schema: { type: 'string' },
      },
    ],
    responses: responsesOf([
      [
        '200',
        {
          description: 'Events, until the connection ends, after 30 to 38 s.',
          content: {
            'text/event-stream': {
              schema: { type: 'string' },
              'x-events': Object.fromEntries(EVENTS.map((name) => [name, ref(`event-${name}`)])),
            },
          },
        },
      ],
      refused('400', 'bad_room'),
      refused('401', 'bad_token'),
      refused('403', 'not_allowed', 'room_locked'),
      refused('404', 'no_such_room'),
      refused('410', 'room_ended'),
      refused('503', 'bus_unavailable', 'server_full', 'room_full'),
    ]),
  }
}

function rooms(): object {
  return {
    operationId: 'rooms',
    tags: ['rooms'],
    summary: 'The rooms that want to be listed',
    description:
      'Those this gateway knows: of shards it hosts, and that somebody has entered through it. With `WR_LISTING=off` there is no list.',
    parameters: [
      { name: 'after', in: 'query', description: 'Only rooms behind this one.', schema: { type: 'string' } },
      {
        name: 'limit',
        in: 'query',
        description: 'At most so many.',
        schema: { type: 'integer', minimum: 1, maximum: 100, default: 100 },
      },
    ],
    responses: responsesOf([
      ['200', json('A page of them.', 'rooms')],
      refused('400', 'bad_room', 'bad_frame'),
      ['404', { description: 'There is no list.' }],
    ]),
  }
}

function plain(schema: string, tag: string, summary: string, answer: string, operationId = schema): object {
  return { get: { operationId, tags: [tag], summary, responses: { 200: json(answer, schema) } } }
}
