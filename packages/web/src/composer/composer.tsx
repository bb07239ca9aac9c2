import { faultOfText, LIMITS } from '@whisperrooms/protocol'
import {
  type ClipboardEvent,
  type FormEvent,
  type KeyboardEvent,
  type RefObject,
  useLayoutEffect,
  useState,
  useSyncExternalStore,
} from 'react'
import { useTab } from '../rooms/use-rooms.ts'
import { Icon } from '../ui/icon.tsx'
import { COARSE, useMedia } from '../ui/use-media.ts'
import { words } from '../words.ts'
import { sends } from './enter-key.ts'
import { spokenLeft } from './spoken-left.ts'

interface Props {
  readonly room: string
  readonly input: RefObject<HTMLTextAreaElement | null>
  /** One may read here but not write. */
  readonly readOnly: boolean
  /** @returns `false` when it cannot be taken: it then stays in the box. */
  readonly onSend: (text: string) => boolean
  readonly onTyping: (on: boolean) => void
}

/** The number of characters left is shown from here on. */
const TELL_LEFT = 400

/** Where one writes. What is written stays in memory, and in the box until it can be sent. */
export function Composer({ room, input, readOnly, onSend, onTyping }: Props) {
  const { drafts } = useTab()
  const draft = useSyncExternalStore(drafts.subscribe, () => drafts.get(room))
  const coarse = useMedia(COARSE)
  const [refusedFile, setRefusedFile] = useState(false)
  const left = LIMITS.textChars - draft.text.length
  const sendable = faultOfText(draft.text) === undefined && !readOnly

  useGrowing(input, draft.text)

  const write = (text: string) => {
    drafts.write(room, text)
    setRefusedFile(false)
    onTyping(text !== '')
  }
  const send = (event?: FormEvent) => {
    event?.preventDefault()
    input.current?.focus()
    if (!sendable) return
    if (!onSend(withoutEmptyEnds(draft.text))) return
    drafts.forget(room)
    onTyping(false)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const { key, shiftKey, altKey, nativeEvent } = event
    if (!sends({ key, shiftKey, altKey, isComposing: nativeEvent.isComposing, keyCode: nativeEvent.keyCode }, coarse))
      return
    event.preventDefault()
    send()
  }
  const onPaste = (event: ClipboardEvent) => {
    // Text copied from an office program comes with a picture of itself; that is text.
    if (event.clipboardData.files.length === 0 || event.clipboardData.types.includes('text/plain')) return
    event.preventDefault()
    setRefusedFile(true)
  }
  const said = refusedFile ? words.composer.file : left >= 0 && draft.returned > 0 ? words.composer.returned : undefined
  const counted = left < 0 ? words.composer.over(-left) : left < TELL_LEFT ? words.composer.left(left) : undefined

  return (
    <>
      <p className={left < 0 ? 'composer-notice fault' : 'composer-notice'} id="composer-notice">
        {said ?? counted}
      </p>
      {/* The count changes with every key, which nobody wants to have read out. */}
      <p className="visually-hidden" aria-live="polite">
        {said ?? spokenLeft(left)}
      </p>
      <form className="composer" onSubmit={send} autoComplete="off">
        <textarea
          ref={input}
          rows={1}
          value={draft.text}
          readOnly={readOnly}
          placeholder={readOnly ? words.composer.readOnly : words.composer.placeholder}
          aria-label={words.composer.label}
          aria-describedby="composer-notice"
          aria-invalid={left < 0}
          autoComplete="off"
          spellCheck={false}
          dir="auto"
          enterKeyHint={coarse ? 'enter' : 'send'}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onDrop={(event) => {
            if (event.dataTransfer.files.length === 0) return
            event.preventDefault()
            setRefusedFile(true)
          }}
          onBlur={() => onTyping(false)}
        />
        <button type="submit" className="send" aria-label={words.composer.send} aria-disabled={!sendable}>
          <Icon name="send" />
        </button>
      </form>
    </>
  )
}

/** Line breaks before and after the words say nothing; spaces before the first word may. */
function withoutEmptyEnds(text: string): string {
  return text.trimEnd().replace(/^(?:[^\S\n]*\n)+/, '')
}

/** Browsers without `field-sizing` need to be told the height; with it this changes nothing. */
function useGrowing(input: RefObject<HTMLTextAreaElement | null>, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const element = input.current
    if (element === null || CSS.supports('field-sizing', 'content')) return
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
  }, [input, text])
}
