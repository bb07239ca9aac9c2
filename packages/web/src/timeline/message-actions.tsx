import type { TimelineMessage } from '@whisperrooms/client'
import { useState } from 'react'
import { copyText } from '../ui/copy-text.ts'
import { Icon } from '../ui/icon.tsx'
import { words } from '../words.ts'

interface Props {
  readonly message: TimelineMessage
  readonly mayUnsend: boolean
  readonly onUnsend: (message: TimelineMessage) => void
}

/** What one can do with a message. */
export function MessageActions({ message, mayUnsend, onUnsend }: Props) {
  const [copied, setCopied] = useState<boolean>()
  const onCopy = () => {
    void copyText(message.text).then(setCopied)
  }
  const unsend = message.own ? words.timeline.unsend : words.timeline.remove
  return (
    <fieldset className="message-actions" aria-label={words.timeline.actions}>
      <button type="button" onClick={onCopy}>
        <Icon name={copied === true ? 'check' : 'copy'} size={16} />
        <span aria-live="polite">
          {copied === undefined ? words.timeline.copy : copied ? words.timeline.copied : words.timeline.copyFailed}
        </span>
      </button>
      {mayUnsend && (
        <button type="button" onClick={() => onUnsend(message)}>
          <Icon name="unsend" size={16} />
          {unsend}
        </button>
      )}
    </fieldset>
  )
}
