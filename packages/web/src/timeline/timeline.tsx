import type { OutboxItem, RoomConnection, RoomSnapshot, TimelineMessage } from '@whisperrooms/client'
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { ReadMark } from '../rooms/kept-rooms.ts'
import { useTab } from '../rooms/use-rooms.ts'
import { Icon } from '../ui/icon.tsx'
import { useVisible } from '../ui/use-visible.ts'
import { words } from '../words.ts'
import { createAgeing } from './ageing.ts'
import { Lines } from './lines.tsx'
import { rowsOf } from './rows.ts'
import { useAnchoredScroll } from './use-anchored-scroll.ts'
import { useMessageFocus } from './use-message-focus.ts'

interface Props {
  readonly connection: RoomConnection
  readonly snapshot: RoomSnapshot
  /** Messages of others below what was read. */
  readonly unread: number
  /** Grows with each message that was sent from here. */
  readonly sends: number
  readonly onUnsend: (message: TimelineMessage) => void
  readonly onEdit: (item: OutboxItem) => void
  /** Moves the focus to where one writes. */
  readonly onWrite: () => void
}

/** Everything that is alive in a room, oldest first, and at the end what is on its way into it. */
export function Timeline({ connection, snapshot, unread, sends, onUnsend, onEdit, onWrite }: Props) {
  const { rooms } = useTab()
  const { room } = connection
  const { timeline, outbox, you, more } = snapshot
  const scroller = useRef<HTMLElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const [ageing] = useState(() =>
    createAgeing(
      () => connection.now(),
      () => connection.getSnapshot(),
    ),
  )
  const [newFrom, setNewFrom] = useState<ReadMark>()
  const rows = useMemo(() => rowsOf(timeline, newFrom), [timeline, newFrom])
  const content = useMemo(() => ({ rows, outbox }), [rows, outbox])
  const { atEnd, toEnd, toElement } = useAnchoredScroll(scroller, list, content)
  const { hoveredId, focusedId, handlers } = useMessageFocus(scroller, content, { onEscape: onWrite, onEnd: toEnd })
  const visible = useVisible()
  const unreadNow = useRef(unread)
  unreadNow.current = unread

  useEffect(() => (scroller.current === null ? undefined : ageing.start(scroller.current)), [ageing])

  // Coming back, the divider goes where one had stopped reading, before all of it counts as read.
  useLayoutEffect(() => {
    if (visible) setNewFrom(unreadNow.current > 0 ? rooms.readMark(room) : undefined)
  }, [visible, rooms, room])

  useLayoutEffect(() => {
    const divider = newFrom === undefined ? null : list.current?.querySelector('.line-new')
    const view = scroller.current?.getBoundingClientRect()
    if (divider && view && divider.getBoundingClientRect().top < view.top) toElement(divider)
  }, [newFrom, toElement])

  useEffect(() => {
    if (!visible || !atEnd) return
    // Only once it is painted: on coming back, the divider may first scroll the end out of sight.
    const frame = requestAnimationFrame(() => rooms.watch(room))
    return () => {
      cancelAnimationFrame(frame)
      rooms.watch(undefined)
    }
  }, [rooms, room, visible, atEnd])

  // Whoever says something wants to see it.
  useLayoutEffect(() => {
    if (sends === 0) return
    setNewFrom(undefined)
    toEnd()
  }, [sends, toEnd])

  useOlder(scroller, connection, more, content)

  return (
    <div className="timeline">
      <section
        ref={scroller}
        className="timeline-scroller"
        role="log"
        aria-label={words.timeline.label}
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and is the one tab stop of its messages
        tabIndex={0}
        {...handlers}
      >
        <div ref={list} className="lines">
          <div className="spacer" />
          <Lines
            rows={rows}
            outbox={outbox}
            you={you}
            live={snapshot.connection.status === 'live'}
            hoveredId={hoveredId}
            focusedId={focusedId}
            epoch={snapshot.epoch}
            ageing={ageing}
            connection={connection}
            onUnsend={onUnsend}
            onEdit={onEdit}
            onWrite={onWrite}
          />
        </div>
        {outbox.length === 0 && snapshot.settings !== undefined && rows.every(({ kind }) => kind !== 'message') && (
          <div className="nothing">
            <p>{words.room.nothing}</p>
            <p className="small">{words.room.nothingText(snapshot.settings.ttl)}</p>
          </div>
        )}
      </section>
      {!atEnd && (
        <button type="button" className="pill" onClick={toEnd} aria-label={words.timeline.toEnd(unread)}>
          {unread > 0 && <span>{words.timeline.pill(unread)}</span>}
          <Icon name="down" size={16} />
        </button>
      )}
    </div>
  )
}

/** Asks for older messages when one comes near the beginning. */
function useOlder(
  scroller: RefObject<HTMLElement | null>,
  connection: RoomConnection,
  more: boolean,
  content: unknown,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each change of the lines there may be room for more
  useEffect(() => {
    const element = scroller.current
    if (element === null || !more) return
    let asked = false
    const ask = () => {
      if (asked || element.scrollTop > 400) return
      asked = true
      // What cannot be loaded now is asked for again at the next change or scroll.
      connection.loadOlder().catch(() => {
        asked = false
      })
    }
    ask()
    element.addEventListener('scroll', ask, { passive: true })
    return () => element.removeEventListener('scroll', ask)
  }, [scroller, connection, more, content])
}
