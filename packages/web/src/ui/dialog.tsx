import { type MouseEvent, type PointerEvent, type ReactNode, useEffect, useId, useRef } from 'react'
import { words } from '../words.ts'
import { Icon } from './icon.tsx'

interface DialogProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  readonly children: ReactNode
  readonly className?: string
}

/**
 * A native modal dialog: the browser keeps the focus inside, closes it on Esc and puts the focus back.
 * On narrow screens it is a sheet at the bottom.
 */
export function Dialog({ open, onClose, title, children, className = '' }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const titleId = useId()

  useEffect(() => {
    const dialog = element.current
    if (dialog === null) return
    if (open && !dialog.open) {
      dialog.showModal()
      // The browser would choose the first thing, which is the button that closes.
      dialog.querySelector<HTMLElement>('[data-first]')?.focus()
    }
    if (!open && dialog.open) dialog.close()
  }, [open])

  // The dialog has no padding of its own, so what hits the element itself was beside its content. Both ends of the click
  // must be: selecting a text ends there easily.
  const pressedBeside = useRef(false)
  const onPointerDown = (event: PointerEvent) => {
    pressedBeside.current = event.target === element.current
  }
  const onClick = (event: MouseEvent) => {
    if (pressedBeside.current && event.target === element.current) onClose()
  }

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard's way out is Esc, which the browser handles
    <dialog
      ref={element}
      className={`dialog ${className}`}
      aria-labelledby={titleId}
      onClose={(event) => {
        // Of one that is open over this one React tells this one too.
        if (event.target === element.current) onClose()
      }}
      onPointerDown={onPointerDown}
      onClick={onClick}
    >
      {open && (
        <div className="dialog-body">
          <header>
            <h2 id={titleId}>{title}</h2>
            <button type="button" className="icon-button" aria-label={words.close} onClick={onClose}>
              <Icon name="close" />
            </button>
          </header>
          {children}
        </div>
      )}
    </dialog>
  )
}
