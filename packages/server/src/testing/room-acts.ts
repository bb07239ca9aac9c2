import fc from 'fast-check'
import type { Fortune } from './unreliable-bus.ts'

/** How many people there are. */
export const PEOPLE = 3

/** What happens in a model of a room: to one of the people, to time, or to the bus. */
export type Act =
  | { readonly act: 'join'; readonly who: number; readonly at?: number }
  | { readonly act: 'disconnect' | 'resend' | 'stall' | 'drain' | 'ping' | 'type'; readonly who: number }
  | { readonly act: 'send'; readonly who: number; readonly ttl: number | undefined; readonly length?: number }
  | { readonly act: 'unsend'; readonly who: number; readonly nth: number }
  | {
      readonly act: 'react'
      readonly who: number
      readonly nth: number
      readonly emoji: string
      readonly on: boolean
    }
  | { readonly act: 'wait'; readonly ms: number }
  | { readonly act: 'fortune'; readonly fortune: Fortune }

const who = fc.nat(PEOPLE - 1)
export const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ act: fc.constant('join'), who, at: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constantFrom('disconnect', 'drain', 'stall'), who }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constantFrom('resend', 'ping', 'type'), who }) },
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('send'),
      who,
      ttl: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
      length: fc.constantFrom(0, 0, 0, 700, 1_500),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('unsend'), who, nth: fc.nat(2) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('react'),
      who,
      nth: fc.integer({ min: -2, max: 1 }),
      emoji: fc.constantFrom('👍', '🎉'),
      on: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ act: fc.constant('wait'), ms: fc.constantFrom(0, 5, 400, 995, 1_000, 1_900, 3_100) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('fortune'),
      fortune: fc.record({
        kind: fc.constantFrom<Fortune['kind']>('works', 'refuses', 'doubts'),
        delayMs: fc.constantFrom(0, 0, 300, 1_500, 12_000),
      }),
    }),
  },
) as fc.Arbitrary<Act>

/** What failed once is tried for ever. */
export const EXAMPLES: [Act[]][] = [
  // A reaction is taken back while somebody is away who has seen it.
  [
    [
      { act: 'join', who: 0, at: 0 },
      { act: 'join', who: 1, at: 1 },
      { act: 'send', who: 0, ttl: undefined, length: 0 },
      { act: 'react', who: 1, nth: -1, emoji: '👍', on: true },
      { act: 'disconnect', who: 0 },
      { act: 'react', who: 1, nth: -1, emoji: '👍', on: false },
      { act: 'join', who: 0, at: 0 },
    ],
  ],
  // What had expired before this gateway read it, between messages that live, was missed all the same.
  [
    [
      { act: 'send', who: 1, ttl: undefined, length: 0 },
      { act: 'join', who: 1, at: 1 },
      { act: 'disconnect', who: 1 },
      { act: 'send', who: 2, ttl: 1, length: 0 },
      { act: 'join', who: 2, at: 1 },
      { act: 'send', who: 0, ttl: undefined, length: 0 },
      { act: 'wait', ms: 0 },
      { act: 'wait', ms: 1000 },
      { act: 'wait', ms: 0 },
      { act: 'join', who: 0, at: 0 },
      { act: 'join', who: 1, at: 0 },
    ],
  ],
  // Whoever takes the log up later reads what was unsent after it has ended.
  [
    [
      { act: 'send', who: 1, ttl: undefined, length: 0 },
      { act: 'join', who: 0, at: 1 },
      { act: 'disconnect', who: 0 },
      { act: 'join', who: 1, at: 1 },
      { act: 'send', who: 0, ttl: undefined, length: 0 },
      { act: 'unsend', who: 1, nth: 0 },
      { act: 'wait', ms: 0 },
      { act: 'resend', who: 0 },
    ],
  ],
  // All that was missed had vanished before the return, so there was nothing to read it from.
  [
    [
      { act: 'join', who: 2 },
      { act: 'disconnect', who: 2 },
      { act: 'join', who: 0 },
      { act: 'send', who: 0, ttl: undefined },
      { act: 'send', who: 0, ttl: undefined },
    ],
  ],
  // What was behind a refused message in the pipeline must not overtake it.
  [
    [
      { act: 'join', who: 0 },
      { act: 'fortune', fortune: { kind: 'refuses', delayMs: 300 } },
      { act: 'send', who: 0, ttl: undefined },
      { act: 'send', who: 0, ttl: undefined },
      { act: 'wait', ms: 400 },
      { act: 'resend', who: 0 },
    ],
  ],
  // Bytes on their way to a socket stay as they are, though their message has expired.
  [
    [
      { act: 'join', who: 0 },
      { act: 'join', who: 1 },
      { act: 'stall', who: 1 },
      { act: 'send', who: 0, ttl: 1 },
      { act: 'wait', ms: 1_900 },
      { act: 'drain', who: 1 },
    ],
  ],
  // Expired is expired, also in the moment before expiry gets round to it.
  [
    [
      { act: 'join', who: 0 },
      { act: 'join', who: 1 },
      { act: 'stall', who: 1 },
      { act: 'send', who: 0, ttl: 1 },
      { act: 'wait', ms: 5 },
      { act: 'send', who: 0, ttl: 1 },
      { act: 'wait', ms: 1_000 },
      { act: 'drain', who: 1 },
    ],
  ],
  // A replay that ends in holes told them once more as a gap.
  [
    [
      { act: 'send', who: 1, ttl: undefined },
      { act: 'send', who: 1, ttl: 1 },
      { act: 'join', who: 1 },
      { act: 'wait', ms: 1_000 },
      { act: 'join', who: 0 },
    ],
  ],
]

/** The same where limits are in the way, and everybody has come in. */
export const EXAMPLES_WITH_LIMITS: [Act[]][] = [
  // What was refused here turns up through the socket before: what was held behind it may come.
  [
    [
      { act: 'fortune', fortune: { kind: 'works', delayMs: 1500 } },
      { act: 'send', who: 2, ttl: undefined, length: 0 },
      { act: 'disconnect', who: 2 },
      { act: 'fortune', fortune: { kind: 'works', delayMs: 0 } },
      { act: 'wait', ms: 1000 },
      { act: 'resend', who: 0 },
      { act: 'join', who: 0, at: 0 },
      { act: 'wait', ms: 400 },
      { act: 'join', who: 0, at: 0 },
      { act: 'join', who: 0, at: 0 },
      { act: 'send', who: 2, ttl: undefined, length: 0 },
      { act: 'join', who: 2, at: 0 },
    ],
  ],
  // What is sent again while its answer is on its way is refused, and will not come a third time: nobody may wait for it.
  [
    [
      { act: 'send', who: 1, ttl: undefined, length: 0 },
      { act: 'send', who: 1, ttl: undefined, length: 0 },
      { act: 'disconnect', who: 1 },
      { act: 'join', who: 1, at: 0 },
      { act: 'resend', who: 1 },
    ],
  ],
]
