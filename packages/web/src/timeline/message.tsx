import type { TimelineMessage } from '@whisperrooms/client'
import { memo, useCallback } from 'react'
import { Avatar } from '../members/avatar.tsx'
import { hueOf } from '../members/hue.ts'
import { words } from '../words.ts'
import type { Ageing } from './ageing.ts'
import { LinkedText } from './linked-text.tsx'
import { MessageActions } from './message-actions.tsx'
import { Ring } from './ring.tsx'

interface Props {
  readonly message: TimelineMessage
  readonly head: boolean
  /** Its actions are shown: it is pointed at or has the focus. */
  readonly active: boolean
  readonly mayUnsend: boolean
  readonly ageing: Ageing
  readonly onUnsend: (message: TimelineMessage) => void
}

/** One message. Rendered when it comes and when its neighbour above changes, not as it ages. */
export const Message = memo(function Message({ message, head, active, mayUnsend, ageing, onUnsend }: Props) {
  const { from, own, at, expires, deadlineMs } = message
  const watch = useCallback(
    (element: HTMLElement | null) =>
      element === null ? undefined : ageing.watch(element, { ttlMs: expires - at, deadlineMs }),
    [ageing, expires, at, deadlineMs],
  )
  const author = own ? words.timeline.you : from.name
  const wordsId = `${message.id}-words`
  const gone = words.timeline.goneAt(expires)
  return (
    <article
      ref={watch}
      className={`message${own ? ' own' : ''}${head ? ' head' : ''}`}
      data-offset={message.offset}
      data-id={message.id}
      data-hue={hueOf(from.id)}
      aria-label={`${author}, ${words.time(at)}. ${gone}.`}
      aria-describedby={wordsId}
      tabIndex={-1}
    >
      {head && (
        <>
          <Avatar id={from.id} name={from.name} />
          <header>
            <bdi>{author}</bdi>
            <time dateTime={new Date(at).toISOString()}>{words.time(at)}</time>
          </header>
        </>
      )}
      <p id={wordsId} dir="auto">
        <LinkedText text={message.text} />
      </p>
      <span className="ring-place" title={gone}>
        <Ring />
      </span>
      {active && <MessageActions message={message} mayUnsend={mayUnsend} onUnsend={onUnsend} />}
    </article>
  )
})
