import { useEffect, useState } from 'react'
import { readContact } from './contact.ts'
import { readTtlLimits, type TtlLimits, USUAL_LIMITS } from './ttl-choices.ts'

let known = USUAL_LIMITS
let contact: string | undefined
let asked: Promise<TtlLimits> | undefined

async function ask(): Promise<TtlLimits> {
  try {
    const response = await fetch('/api/limits')
    const answer: unknown = await response.json()
    known = readTtlLimits(answer) ?? USUAL_LIMITS
    contact = readContact(answer)
  } catch {
    // Without an answer the usual times stay, and a server that minds says so at the door. The next who needs it asks again.
    asked = undefined
  }
  return known
}

/** What the server allows; it is asked once for the whole page. Never rejects. */
export function ttlLimits(): Promise<TtlLimits> {
  asked ??= ask()
  return asked
}

/** What the server allows; until it has answered, what servers usually do. */
export function useTtlLimits(): TtlLimits {
  const [limits, setLimits] = useState(known)
  useEffect(() => {
    void ttlLimits().then(setLimits)
  }, [])
  return limits
}

/** Where abuse can be reported; `undefined` when the server says nowhere, or has not answered. */
export function useContact(): string | undefined {
  const [shown, show] = useState(contact)
  useEffect(() => {
    void ttlLimits().then(() => show(contact))
  }, [])
  return shown
}
