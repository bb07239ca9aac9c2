import type { ReactNode, Ref } from 'react'

interface Props {
  readonly title: string
  readonly text?: ReactNode
  readonly children?: ReactNode
  /** The ring turns: something is under way. */
  readonly busy?: boolean
  /** It takes the place of what one was reading: it is read out at once. */
  readonly sudden?: boolean
  /** The page has no other heading. */
  readonly alone?: boolean
  readonly heading?: Ref<HTMLHeadingElement> | undefined
}

/** What stands in the place of a timeline when there is none. */
export function Face({ title, text, children, busy = false, sudden = false, alone = false, heading }: Props) {
  const Heading = alone ? 'h1' : 'h2'
  return (
    <div className={busy ? 'face face-busy' : 'face'} role={sudden ? 'alert' : undefined}>
      <svg viewBox="0 0 52 52" fill="none" aria-hidden="true">
        <circle className="face-ink" cx="20" cy="26" r="16" />
        <circle className="face-ember" cx="32" cy="26" r="16" strokeDasharray="60 16 12 60" />
      </svg>
      <Heading ref={heading} tabIndex={-1}>
        {title}
      </Heading>
      {text !== undefined && <p>{text}</p>}
      {children !== undefined && <div className="face-actions">{children}</div>}
    </div>
  )
}
