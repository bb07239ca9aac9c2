import type { RoomSettings } from '@whisperrooms/protocol'
import { type ReactNode, useId, useRef, useState } from 'react'
import { ThemeChoice } from '../settings/theme-choice.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'
import { ReportAbuse } from '../ui/report-abuse.tsx'
import { words } from '../words.ts'

export type MenuChoice = 'rename' | 'ttl' | 'lock' | 'burn' | 'keys' | 'how' | 'leave'

interface Props {
  readonly settings: RoomSettings | undefined
  readonly owner: boolean
  readonly onChoose: (choice: MenuChoice) => void
}

/** What one can do with the room and the page. A native popover: the browser closes it on Esc and on a click beside it. */
export function RoomMenu({ settings, owner, onChoose }: Props) {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const popover = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)

  const place = () => {
    const anchor = button.current?.getBoundingClientRect()
    if (anchor === undefined || popover.current === null) return
    popover.current.style.top = `${anchor.bottom + 6}px`
    popover.current.style.right = `${Math.max(8, document.documentElement.clientWidth - anchor.right)}px`
  }
  const item = (choice: MenuChoice, icon: IconName, label: ReactNode) => (
    <button
      type="button"
      onClick={() => {
        popover.current?.hidePopover()
        onChoose(choice)
      }}
    >
      <Icon name={icon} size={18} />
      {label}
    </button>
  )

  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-label={words.menu.button}
        aria-expanded={open}
        popoverTarget={id}
      >
        <Icon name="more" />
      </button>
      <div
        ref={popover}
        id={id}
        className="menu"
        popover="auto"
        onBeforeToggle={place}
        onToggle={(event) => setOpen(event.newState === 'open')}
      >
        {settings !== undefined && item('rename', 'person', words.menu.rename)}
        {settings !== undefined && owner && (
          <>
            {item('ttl', 'clock', words.menu.ttl)}
            {settings.locked ? item('lock', 'unlock', words.menu.unlock) : item('lock', 'lock', words.menu.lock)}
            {item('burn', 'flame', words.menu.burn)}
          </>
        )}
        <hr />
        <ThemeChoice />
        <hr />
        {item('keys', 'keys', words.menu.keys)}
        {item('how', 'question', words.menu.how)}
        <ReportAbuse />
        {item('leave', 'leave', words.menu.leave)}
      </div>
    </>
  )
}
