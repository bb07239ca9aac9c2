import { LIMITS, ROOM_PATTERN } from '@whisperrooms/protocol'
import {
  BODY_SCHEMAS,
  CLIENT_SCHEMAS,
  ENVELOPE_SCHEMAS,
  ROOM_KEY_SCHEMA,
  SERVER_SCHEMAS,
} from '@whisperrooms/protocol/all-schemas'
import * as z from 'zod/mini'
import { logSettings, topicsOf } from '../../packages/server/src/bus/kafka/topic-settings.ts'
import { VARIABLES } from '../../packages/server/src/config.ts'
import { describe, type Schema } from './describe.ts'
import { BODIES, CLIENT_FRAMES, ENVELOPE_FIELDS, ENVELOPES, FIELDS, SERVER_FRAMES, type Words } from './words.ts'

type Schemas = Readonly<Record<string, z.ZodMiniType>>

/** Which part of the protocol a schema is of: the first half of its name in the document. */
const PARTS = {
  client: described('client', CLIENT_SCHEMAS, CLIENT_FRAMES, FIELDS),
  server: described('server', SERVER_SCHEMAS, SERVER_FRAMES, FIELDS),
  envelope: described('envelope', ENVELOPE_SCHEMAS, ENVELOPES, ENVELOPE_FIELDS),
  body: described('body', BODY_SCHEMAS, BODIES, FIELDS),
} as const

/** The frames in both directions, by their type, with descriptions. */
export const FRAMES = { client: PARTS.client, server: PARTS.server } as const

const LONGEST_TTL_SECONDS = Number(VARIABLES.WR_TTL_MAX.fallback)
const LOG = topicsOf('whisperrooms').log

/** The AsyncAPI 3 document of the protocol: the WebSocket, and the log on Kafka. Made from the schemas, never by hand. */
export function asyncApi(): object {
  const schemas = Object.entries(PARTS).flatMap(([part, schemasOf]) =>
    Object.entries(schemasOf).map(([name, schema]) => [`${part}-${name}`, schema] as const),
  )
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'WhisperRooms',
      version: '1',
      description:
        'Group chat in real time whose messages live for minutes: what clients and gateways say to each other, and what gateways and other programs write to the log on Apache Kafka. In words: docs/protocol.md and docs/record-format.md.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      gateway: {
        host: 'localhost:8080',
        protocol: 'ws',
        description: 'A gateway; behind a proxy that speaks TLS: wss.',
      },
      broker: { host: 'localhost:9092', protocol: 'kafka', description: 'Apache Kafka, where there is one.' },
    },
    channels: { room: roomChannel(), log: logChannel() },
    operations: operations(),
    components: {
      schemas: Object.fromEntries(schemas),
      messages: { ...messagesOf('client'), ...messagesOf('server'), record: recordMessage() },
    },
  }
}

function described(
  part: string,
  schemas: Schemas,
  words: Readonly<Record<string, Words>>,
  common: Record<string, string>,
) {
  const unused = Object.keys(words).filter((name) => !Object.hasOwn(schemas, name))
  if (unused.length > 0) throw new Error(`there is no ${part} ${unused.join(', ')}: see scripts/asyncapi/words.ts`)
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, describe(`${part} ${name}`, schema, words[name], common)]),
  )
}

const ref = (path: string) => ({ $ref: `#/${path}` })
const namesOf = (part: keyof typeof PARTS): string[] => Object.keys(PARTS[part]).map((name) => `${part}-${name}`)

function messagesOf(part: 'client' | 'server'): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(PARTS[part]).map(([name, { description }]) => [
      `${part}-${name}`,
      {
        name,
        title: `${name}, from the ${part}`,
        summary: description,
        payload: ref(`components/schemas/${part}-${name}`),
      },
    ]),
  )
}

function roomChannel(): object {
  const frames = [...namesOf('client'), ...namesOf('server')]
  return {
    address: '/ws/{room}',
    title: 'A room',
    description: `One socket is one membership of one room. Text frames, one JSON object each, from the client at most ${LIMITS.frameBytes} bytes.`,
    servers: [ref('servers/gateway')],
    parameters: { room: { description: `The room’s name: ${ROOM_PATTERN.source}` } },
    messages: Object.fromEntries(frames.map((name) => [name, ref(`components/messages/${name}`)])),
    bindings: {
      ws: {
        method: 'GET',
        query: {
          type: 'object',
          properties: {
            s: {
              type: 'string',
              description: 'A hint for load balancers, from `GET /api/rooms/{room}/where`; never a secret.',
            },
          },
        },
        bindingVersion: '0.1.0',
      },
    },
  }
}

function logChannel(): object {
  return {
    address: LOG,
    title: 'The log',
    description:
      'What is said in all rooms. A room is in the partition that FNV-1a (32 bits) over its key gives, modulo the number of partitions.',
    servers: [ref('servers/broker')],
    messages: { record: ref('components/messages/record') },
    bindings: {
      kafka: {
        topic: LOG,
        partitions: 64,
        replicas: 3,
        topicConfiguration: configurationOf(
          logSettings({ longestTtlMs: LONGEST_TTL_SECONDS * 1000, stateRetentionMs: 0 }),
        ),
        bindingVersion: '0.5.0',
      },
    },
  }
}

/** Settings of a topic as the Kafka binding has them: numbers as such, policies as a list. */
function configurationOf(settings: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      name === 'cleanup.policy' ? value.split(',') : plain(value),
    ]),
  )
}

function plain(value: string): string | number | boolean {
  if (value === 'true' || value === 'false') return value === 'true'
  return /^-?\d+$/.test(value) ? Number(value) : value
}

function recordMessage(): object {
  const key = z.toJSONSchema(ROOM_KEY_SCHEMA, { target: 'draft-7' })
  const { $schema: _, ...keySchema } = key
  return {
    name: 'record',
    title: 'A record',
    summary: 'One thing said in one room.',
    description:
      'The value is the envelope as one line of JSON, a line end (0x0a), and the body. Without headers. `x-envelope` and `x-body` are the schemas of the two parts.',
    contentType: 'application/octet-stream',
    payload: {
      type: 'string',
      contentEncoding: 'binary',
      description: 'envelope, 0x0a, body',
      maxLength: LIMITS.frameBytes + 4_096,
    },
    bindings: {
      kafka: {
        key: {
          ...keySchema,
          description:
            'What the room is called on the topic: the first 22 characters of HMAC-SHA256 over its name, in base64url.',
        },
        bindingVersion: '0.5.0',
      },
    },
    'x-envelope': { oneOf: namesOf('envelope').map((name) => ref(`components/schemas/${name}`)) },
    'x-body': Object.fromEntries(Object.keys(PARTS.body).map((kind) => [kind, ref(`components/schemas/body-${kind}`)])),
  }
}

function operations(): object {
  const messages = (channel: string, names: readonly string[]) =>
    names.map((name) => ref(`channels/${channel}/messages/${name}`))
  const record = { channel: ref('channels/log'), messages: messages('log', ['record']) }
  return {
    hear: {
      action: 'receive',
      channel: ref('channels/room'),
      summary: 'What clients say to a gateway.',
      messages: messages('room', namesOf('client')),
    },
    tell: {
      action: 'send',
      channel: ref('channels/room'),
      summary: 'What a gateway says to clients.',
      messages: messages('room', namesOf('server')),
    },
    append: {
      action: 'send',
      ...record,
      summary: 'Gateways append records; other programs may append those of kind `message`.',
    },
    read: {
      action: 'receive',
      ...record,
      summary: 'Gateways read what is appended, from the longest time to live ago on.',
    },
  }
}

export type { Schema }
