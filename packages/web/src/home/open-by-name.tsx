import { type FormEvent, useId, useRef, useState } from 'react'
import { words } from '../words.ts'

interface Props {
  /** @returns why the name cannot be one, in words. */
  readonly onOpen: (typed: string) => string | undefined
}

export function OpenByName({ onOpen }: Props) {
  const [typed, setTyped] = useState('')
  const [fault, setFault] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  const id = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const problem = onOpen(typed)
    setFault(problem)
    if (problem !== undefined) input.current?.focus()
  }
  return (
    <form className="by-name" onSubmit={submit} autoComplete="off" noValidate>
      <div className="by-name-row">
        <input
          ref={input}
          className="input"
          value={typed}
          placeholder={words.start.roomName}
          aria-label={words.start.roomName}
          aria-invalid={fault !== undefined}
          aria-describedby={id}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => {
            setTyped(event.target.value)
            setFault(undefined)
          }}
        />
        <button type="submit" className="quiet">
          {words.start.byName}
        </button>
      </div>
      <p id={id} className={fault === undefined ? 'small' : 'fault'} aria-live="polite">
        {fault ?? words.start.byNameHint}
      </p>
    </form>
  )
}
