import type { OutboxItem } from '@whisperrooms/client'
import type { Member } from '@whisperrooms/protocol'
import { memo } from 'react'
import { Avatar } from '../members/avatar.tsx'
import { hueOf } from '../members/hue.ts'
import { words } from '../words.ts'
import { LinkedText } from './linked-text.tsx'
import { Ring } from './ring.tsx'

interface Props {
  readonly item: OutboxItem
  readonly you: Member
  readonly head: boolean
  /** Connected: what is queued goes out at once. */
  readonly live: boolean
  readonly onRetry: (item: OutboxItem) => void
  readonly onEdit: (item: OutboxItem) => void
  readonly onDiscard: (item: OutboxItem) => void
}

const DOT = <span aria-hidden="true">·</span>

/** A message of one's own that is not in the room yet. */
export const OutboxMessage = memo(function OutboxMessage({ item, you, head, live, ...on }: Props) {
  const { state } = item
  const waits = state === 'queued' && (!live || item.code !== undefined)
  const stateWord =
    state === 'failed' ? words.notSent(item.code) : waits ? words.timeline.waiting : words.timeline.sending
  const wordsId = `${item.key}-words`
  return (
    <article
      className={`message own unsent${head ? ' head' : ''}`}
      data-hue={hueOf(you.id)}
      data-state={state}
      aria-label={`${words.timeline.you}. ${stateWord}.`}
      aria-describedby={wordsId}
      tabIndex={-1}
    >
      {head && (
        <>
          <Avatar id={you.id} name={you.name} />
          <header>
            <bdi>{words.timeline.you}</bdi>
          </header>
        </>
      )}
      <p id={wordsId} dir="auto">
        <LinkedText text={item.text} />
      </p>
      <span className="ring-place">
        <Ring unsent />
      </span>
      {state === 'failed' ? (
        <div className="send-state send-state-failed">
          <span>{stateWord}</span>
          {DOT}
          <button type="button" onClick={() => on.onRetry(item)}>
            {words.timeline.retry}
          </button>
          {DOT}
          <button type="button" onClick={() => on.onEdit(item)}>
            {words.timeline.edit}
          </button>
          {DOT}
          <button type="button" onClick={() => on.onDiscard(item)}>
            {words.timeline.discard}
          </button>
        </div>
      ) : (
        <div className={waits ? 'send-state' : 'send-state send-state-soon'}>{stateWord}</div>
      )}
    </article>
  )
})
