import { useEffect, useState } from 'react'
import { readTtlLimits, type TtlLimits, USUAL_LIMITS } from './ttl-choices.ts'

let known: TtlLimits | undefined

async function ask(): Promise<TtlLimits> {
  const answer = await fetch('/api/limits')
  known = readTtlLimits(await answer.json())
  return known ?? USUAL_LIMITS
}

/** What the server allows; until it has answered, what servers usually do. */
export function useTtlLimits(): TtlLimits {
  const [limits, setLimits] = useState(known ?? USUAL_LIMITS)
  useEffect(() => {
    // Without an answer the usual times stay, and a server that minds says so at the door.
    if (known === undefined) ask().then(setLimits, () => undefined)
  }, [])
  return limits
}
