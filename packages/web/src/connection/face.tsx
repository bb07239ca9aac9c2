import type { ReactNode } from 'react'

interface Props {
  readonly title: string
  readonly text?: string
  readonly children?: ReactNode
  /** The ring turns: something is under way. */
  readonly busy?: boolean
}

/** What stands in the place of a timeline when there is none. */
export function Face({ title, text, children, busy = false }: Props) {
  return (
    <div className={busy ? 'face face-busy' : 'face'}>
      <svg viewBox="0 0 52 52" fill="none" aria-hidden="true">
        <circle className="face-ink" cx="20" cy="26" r="16" />
        <circle className="face-ember" cx="32" cy="26" r="16" strokeDasharray="60 16 12 60" />
      </svg>
      <h2>{title}</h2>
      {text !== undefined && <p>{text}</p>}
      {children !== undefined && <div className="face-actions">{children}</div>}
    </div>
  )
}
