import { cleanName, LIMITS } from '@whisperrooms/protocol'
import { type RefObject, useId } from 'react'
import { words } from '../words.ts'

interface Props {
  readonly value: string
  readonly onChange: (name: string) => void
  readonly fault: string | undefined
  readonly input: RefObject<HTMLInputElement | null>
  readonly autoFocus?: boolean
}

/** @returns why a typed name cannot be used, in words. */
export function faultOfName(name: string): string | undefined {
  if (name.trim() === '') return words.name.missing
  return cleanName(name) === undefined ? words.name.bad : undefined
}

export function NameField({ value, onChange, fault, input, autoFocus = false }: Props) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{words.name.label}</label>
      <input
        ref={input}
        id={id}
        className="input"
        value={value}
        maxLength={LIMITS.nameChars}
        autoComplete="off"
        autoCapitalize="words"
        spellCheck={false}
        dir="auto"
        // biome-ignore lint/a11y/noAutofocus: a dialog or screen whose one purpose is this field
        autoFocus={autoFocus}
        data-first={autoFocus}
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-fault`}
        onChange={(event) => onChange(event.target.value)}
      />
      <span className="fault" id={`${id}-fault`} role="alert">
        {fault}
      </span>
    </div>
  )
}
