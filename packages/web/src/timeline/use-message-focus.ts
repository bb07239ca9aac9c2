import {
  type FocusEvent,
  type KeyboardEvent,
  type PointerEvent,
  type RefObject,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'

interface MessageFocus {
  /** The message that is pointed at. */
  readonly hoveredId: string | undefined
  /** The message that has the focus, itself or one of its actions: a mouse passing by takes nothing from it. */
  readonly focusedId: string | undefined
  readonly handlers: {
    readonly onPointerOver: (event: PointerEvent) => void
    readonly onPointerLeave: (event: PointerEvent) => void
    readonly onFocus: (event: FocusEvent) => void
    readonly onBlur: (event: FocusEvent) => void
    readonly onKeyDown: (event: KeyboardEvent) => void
  }
}

/**
 * One tab stop for the whole timeline: arrows go from message to message, whose actions come next in tab order.
 *
 * @param onEscape back to where one writes.
 * @param onEnd to the newest message.
 */
export function useMessageFocus(
  scroller: RefObject<HTMLElement | null>,
  content: unknown,
  { onEscape, onEnd }: { readonly onEscape: () => void; readonly onEnd: () => void },
): MessageFocus {
  const [hoveredId, setHoveredId] = useState<string>()
  const [focusedId, setFocusedId] = useState<string>()
  const inside = useRef(false)

  // biome-ignore lint/correctness/useExhaustiveDependencies: `content` stands for the lines in the document
  useLayoutEffect(() => {
    // The message that had the focus vanished; without this the keyboard would be back at the top of the page.
    if (inside.current && document.activeElement === document.body) scroller.current?.focus({ preventScroll: true })
  }, [content, scroller])

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    if (event.key === 'Escape') return onEscape()
    if (event.key === 'End') onEnd()
    const articles = scroller.current?.querySelectorAll<HTMLElement>('article')
    const next = articles === undefined ? undefined : nextArticle(event.key, articles, articleOf(event.target))
    if (next === undefined) return
    event.preventDefault()
    next.focus()
  }

  return {
    hoveredId,
    focusedId,
    handlers: {
      onPointerOver: (event) => {
        if (event.pointerType === 'mouse') setHoveredId(idOf(event.target))
      },
      onPointerLeave: (event) => {
        // A finger leaves with every tap; what it tapped gets the focus.
        if (event.pointerType === 'mouse') setHoveredId(undefined)
      },
      onFocus: (event) => {
        inside.current = true
        setFocusedId(idOf(event.target))
      },
      onBlur: (event) => {
        // The window lost the focus, and this element will have it again.
        if (event.target === document.activeElement) return
        if (event.target.isConnected) inside.current = false
        if (event.relatedTarget === null || idOf(event.relatedTarget) === undefined) setFocusedId(undefined)
      },
      onKeyDown,
    },
  }
}

function nextArticle(
  key: string,
  articles: NodeListOf<HTMLElement>,
  current: HTMLElement | undefined,
): HTMLElement | undefined {
  const last = articles.length - 1
  if (key === 'End') return articles[last]
  if (current === undefined) return key === 'ArrowUp' ? articles[last] : undefined
  const index = [...articles].indexOf(current)
  if (key === 'ArrowUp') return articles[Math.max(0, index - 1)]
  if (key === 'ArrowDown') return articles[Math.min(last, index + 1)]
  return undefined
}

function articleOf(target: EventTarget | null): HTMLElement | undefined {
  return target instanceof Element ? (target.closest<HTMLElement>('article') ?? undefined) : undefined
}

function idOf(target: EventTarget | null): string | undefined {
  return articleOf(target)?.dataset['id']
}
