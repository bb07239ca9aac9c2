/** A message's life on the client's monotonic clock, in milliseconds. */
export interface Life {
  readonly ttlMs: number
  readonly deadlineMs: number
}

export interface Ageing {
  /** Shows the age of a message while its block is near the viewport. @returns the function that ends it. */
  watch(message: HTMLElement, life: Life): () => void
  /** @returns the function that ends it. */
  watchBlock(block: HTMLElement): () => void
  /** Starts for a scrolling element. @returns the function that stops it. */
  start(scroller: Element): () => void
}

const TICK_MS = 1000
/** Text stays readable until this long before the end, and takes so long to go. */
const VANISH_MS = 3000

/** How much of a life is left, from 1 to 0. */
export function leftOf(life: Life, now: number): number {
  return Math.min(1, Math.max(0, (life.deadlineMs - now) / life.ttlMs))
}

/** The last 30 s of a message; of a short-lived one, its last quarter. */
export function isDrying(life: Life, now: number): boolean {
  return life.deadlineMs - now <= Math.min(30_000, life.ttlMs / 4)
}

/**
 * Lets rings drain and messages dry without rendering anything: once a second the custom properties of the few messages
 * near the viewport are set. A CSS animation per message would keep the page painting at full rate for a ring that moves
 * a quarter of a pixel a second, and starts too late in messages whose contents the browser skips.
 *
 * @param now the clock of the deadlines.
 * @param purge lets go of what is past its deadline. Asked at every tick: after a sleep that no event told of, the timer of the
 * next deadline is as late as the sleep was long, and this one at most a second.
 */
export function createAgeing(now: () => number, purge: () => void): Ageing {
  const lives = new Map<Element, Life>()
  const blocks = new Set<Element>()
  const near = new Set<Element>()
  let observer: IntersectionObserver | undefined

  const show = (message: HTMLElement, life: Life) => {
    const time = now()
    message.style.setProperty('--left', leftOf(life, time).toFixed(3))
    if (message.dataset['drying'] !== undefined || !isDrying(life, time)) return
    message.style.setProperty('--vanish-in', `${Math.round(life.deadlineMs - time - VANISH_MS)}ms`)
    message.dataset['drying'] = ''
  }
  const showBlock = (block: Element) => {
    for (const message of block.children) {
      const life = lives.get(message)
      if (life !== undefined && message instanceof HTMLElement) show(message, life)
    }
  }
  const showAll = () => {
    purge()
    if (document.visibilityState === 'hidden') return
    for (const block of near) showBlock(block)
  }
  const onIntersection = (entries: readonly IntersectionObserverEntry[]) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) {
        near.add(target)
        showBlock(target)
      } else near.delete(target)
    }
  }

  return {
    watch(message, life) {
      lives.set(message, life)
      show(message, life)
      return () => lives.delete(message)
    },
    watchBlock(block) {
      blocks.add(block)
      observer?.observe(block)
      return () => {
        blocks.delete(block)
        near.delete(block)
        observer?.unobserve(block)
      }
    },
    start(scroller) {
      observer = new IntersectionObserver(onIntersection, { root: scroller, rootMargin: '300px 0px' })
      for (const block of blocks) observer.observe(block)
      const timer = setInterval(showAll, TICK_MS)
      document.addEventListener('visibilitychange', showAll)
      return () => {
        clearInterval(timer)
        document.removeEventListener('visibilitychange', showAll)
        observer?.disconnect()
        observer = undefined
        near.clear()
      }
    },
  }
}
