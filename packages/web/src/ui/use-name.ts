import { cleanName } from '@whisperrooms/protocol'
import { useRef, useState } from 'react'
import { rememberedName, rememberName } from '../settings/preferences.ts'
import { faultOfName } from './name-field.tsx'

/** The name somebody is about to enter with, remembered on this device if they ask for it. */
export function useName(suggested: string | undefined) {
  const [name, setName] = useState(() => rememberedName() ?? suggested ?? '')
  const [remember, setRemember] = useState(() => rememberedName() !== undefined)
  const [fault, setFault] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  return {
    field: {
      value: name,
      fault,
      input,
      onChange: (typed: string) => {
        setName(typed)
        setFault(undefined)
      },
    },
    remember: {
      checked: remember,
      onChange: (on: boolean) => {
        setRemember(on)
        if (!on) rememberName(undefined)
      },
    },
    /** @returns the name to enter with; `undefined` when it cannot be used, which the field then says. */
    take: (): string | undefined => {
      const problem = faultOfName(name)
      setFault(problem)
      if (problem !== undefined) {
        input.current?.focus()
        return undefined
      }
      const cleaned = cleanName(name)
      rememberName(remember ? cleaned : undefined)
      return cleaned
    },
  }
}
