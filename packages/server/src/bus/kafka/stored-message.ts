import type { StoredMessage } from './driver.ts'

/** A message of a client that gives key and value by themselves. */
export function storedMessage(offset: number, at: number, key: Buffer | null, value: Buffer | null): StoredMessage {
  return new GivenMessage(offset, at, key, value)
}

class GivenMessage implements StoredMessage {
  readonly offset: number
  readonly at: number
  readonly key: Buffer | null
  readonly value: Buffer | null

  constructor(offset: number, at: number, key: Buffer | null, value: Buffer | null) {
    this.offset = offset
    this.at = at
    this.key = key
    this.value = value
  }

  get keyText(): string {
    return this.key?.toString('latin1') ?? ''
  }

  get bytes(): number {
    return (this.key?.length ?? 0) + (this.value?.length ?? 0)
  }
}
