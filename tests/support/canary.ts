import { expect } from 'vitest'
import type { TestGateway } from './gateway.ts'
import type { RawClient } from './raw-client.ts'

/** A word that only ever stands in what clients send. */
export const CANARY = 'zq7canary'

/** Holds that no error, and nothing the gateway wrote down, repeats what was sent. */
export function expectNoEcho(gateway: TestGateway, client: Pick<RawClient, 'frames'>): void {
  for (const frame of client.frames) if (frame.type === 'error') expect(JSON.stringify(frame)).not.toContain(CANARY)
  expect(gateway.output()).not.toContain(CANARY)
}
