import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

/** Nearer to the end than this, one follows what is said. */
const NEAR_END_PX = 80

interface Anchor {
  readonly element: Element
  /** Below the scroller's upper edge. */
  readonly top: number
}

export interface AnchoredScroll {
  readonly atEnd: boolean
  readonly toEnd: () => void
  /** Shows an element at the top and stops following. */
  readonly toElement: (element: Element) => void
}

/**
 * Keeps what one is reading where it is: at the end the scroller follows, elsewhere the first line that was in view and
 * still exists stays put, whatever vanished or was loaded above it. Browsers anchor too, but they lose their anchor when
 * it is the very line that vanishes, and Safari does not anchor at all.
 *
 * @param list the element whose children are the spacer, blocks of lines, and lines.
 * @param content changes whenever the lines do.
 */
export function useAnchoredScroll(
  scroller: RefObject<HTMLElement | null>,
  list: RefObject<HTMLElement | null>,
  content: unknown,
): AnchoredScroll {
  const [atEnd, setAtEnd] = useState(true)
  const following = useRef(true)
  // Replaced after every change of the lines, so that no removed line is held on to.
  const anchors = useRef<readonly Anchor[]>([])

  const remember = useCallback(() => {
    anchors.current = following.current ? [] : anchorsIn(scroller.current, list.current)
  }, [scroller, list])

  const follow = useCallback(
    (on: boolean) => {
      following.current = on
      setAtEnd(on)
      if (on) setSpace(list.current, 0)
    },
    [list],
  )

  const toEnd = useCallback(() => {
    follow(true)
    const element = scroller.current
    if (element !== null) element.scrollTop = element.scrollHeight
    remember()
  }, [scroller, follow, remember])

  const toElement = useCallback(
    (target: Element) => {
      const element = scroller.current
      if (element === null) return
      follow(false)
      element.scrollTop += target.getBoundingClientRect().top - element.getBoundingClientRect().top - 16
      remember()
    },
    [scroller, follow, remember],
  )

  useEffect(() => {
    const element = scroller.current
    const lines = list.current
    if (element === null || lines === null) return
    let height = element.clientHeight
    const onScroll = () => {
      // A keyboard that opens moves the end away without anybody having scrolled.
      if (element.clientHeight !== height) return
      follow(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX)
      remember()
    }
    const observer = new ResizeObserver(() => {
      height = element.clientHeight
      if (following.current) element.scrollTop = element.scrollHeight
      // Lines that came into view have their true heights only now.
      else remember()
    })
    observer.observe(element)
    observer.observe(lines)
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', onScroll)
    }
  }, [scroller, list, follow, remember])

  // biome-ignore lint/correctness/useExhaustiveDependencies: `content` stands for the lines in the document
  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    if (following.current) element.scrollTop = element.scrollHeight
    else holdStill(element, list.current, anchors.current)
    remember()
  }, [content, scroller, list, remember])

  return { atEnd, toEnd, toElement }
}

function holdStill(scroller: HTMLElement, list: HTMLElement | null, anchors: readonly Anchor[]): void {
  const anchor = anchors.find(({ element }) => element.isConnected)
  if (anchor === undefined) return
  const moved = anchor.element.getBoundingClientRect().top - scroller.getBoundingClientRect().top - anchor.top
  const wanted = scroller.scrollTop + moved
  // Too little is left above to scroll back by: empty space takes the place of what vanished.
  if (wanted < 0) setSpace(list, spaceOf(list) - wanted)
  scroller.scrollTop = Math.max(0, wanted)
}

/** The lines in view. Looked for block by block: asking a line that the browser skips where it is makes it lay out its block. */
function anchorsIn(scroller: HTMLElement | null, list: HTMLElement | null): readonly Anchor[] {
  if (scroller === null || list === null) return []
  const view = scroller.getBoundingClientRect()
  const anchors: Anchor[] = []
  for (let block = firstBelow(list.children, view.top); block !== undefined; ) {
    for (const element of block.children.length > 0 && block.tagName !== 'ARTICLE' ? block.children : [block]) {
      const { top, bottom } = element.getBoundingClientRect()
      if (top >= view.bottom) return anchors
      if (bottom > view.top) anchors.push({ element, top: top - view.top })
    }
    block = block.nextElementSibling ?? undefined
  }
  return anchors
}

/** The first block or line that ends below `top`; the spacer, which comes before all, is neither. */
function firstBelow(elements: HTMLCollection, top: number): Element | undefined {
  let low = 1
  let high = elements.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((elements[middle]?.getBoundingClientRect().bottom ?? 0) <= top) low = middle + 1
    else high = middle
  }
  return elements[low]
}

function spaceOf(list: HTMLElement | null): number {
  return list?.firstElementChild?.getBoundingClientRect().height ?? 0
}

function setSpace(list: HTMLElement | null, height: number): void {
  const spacer = list?.firstElementChild
  if (spacer instanceof HTMLElement) spacer.style.height = height === 0 ? '' : `${height}px`
}
