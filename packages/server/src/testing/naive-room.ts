import { type AppendedRecord, LIMITS, type Offset } from '@whisperrooms/protocol'

export interface NaiveMessage {
  readonly offset: Offset
  readonly key: string
  readonly member: string
  readonly text: string
  readonly deadlineMs: number
  removed: boolean
  /** Who has put which emoji to it: `member emoji`. */
  readonly reactions: Set<string>
}

/** A room as one would write it without a thought for speed: an array, and the rules of the protocol one by one. */
export class NaiveRoom {
  readonly messages: NaiveMessage[] = []
  lastOffset = -1
  readonly #firstUnderKey = new Map<string, { at: number; offset: Offset }>()

  apply({ record, offset, at }: AppendedRecord): void {
    this.lastOffset = offset
    if (at > record.notAfter) return
    const id = `${record.member} ${record.key}`
    const first = this.#firstUnderKey.get(id)
    if (first !== undefined && at - first.at < LIMITS.duplicateMs) return
    this.#firstUnderKey.set(id, { at, offset })
    const body = JSON.parse(Buffer.from(record.body).toString())
    if (record.kind === 'message')
      this.messages.push({
        offset,
        key: record.key,
        member: record.member,
        text: body.text,
        deadlineMs: at + record.ttl * 1000,
        removed: false,
        reactions: new Set(),
      })
    if (record.kind === 'unsend') {
      const target = this.alive(at).find((message) => message.offset === body.target)
      if (target?.member === record.member) target.removed = true
    }
    if (record.kind === 'react') {
      const reactions = this.alive(at).find((message) => message.offset === body.target)?.reactions
      if (body.on) reactions?.add(`${record.member} ${body.emoji}`)
      else reactions?.delete(`${record.member} ${body.emoji}`)
    }
  }

  alive(now: number): NaiveMessage[] {
    return this.messages.filter(({ removed, deadlineMs }) => !removed && deadlineMs > now)
  }

  /** Where the message that this member sent under this key is; `undefined` when it never got there. */
  offsetOf(member: string, key: string): Offset | undefined {
    return this.#firstUnderKey.get(`${member} ${key}`)?.offset
  }
}
