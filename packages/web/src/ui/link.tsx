import type { MouseEvent, ReactNode } from 'react'
import { navigate } from '../routing/route.ts'

interface LinkProps {
  readonly to: string
  readonly children: ReactNode
  readonly className?: string
  readonly 'aria-current'?: 'page' | undefined
  readonly 'aria-label'?: string
  readonly title?: string
}

/** A link inside the page: a plain click changes the view, any other click is the browser's. */
export function Link({ to, children, ...rest }: LinkProps) {
  const onClick = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    navigate(to)
  }
  return (
    <a href={to} onClick={onClick} {...rest}>
      {children}
    </a>
  )
}
