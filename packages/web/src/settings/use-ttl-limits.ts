import { useEffect, useState } from 'react'
import { readTtlLimits, type TtlLimits, USUAL_LIMITS } from './ttl-choices.ts'

let known = USUAL_LIMITS
let asked: Promise<TtlLimits> | undefined

async function ask(): Promise<TtlLimits> {
  try {
    const answer = await fetch('/api/limits')
    known = readTtlLimits(await answer.json()) ?? USUAL_LIMITS
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
