import { useId } from 'react'
import { ttlChoicesWith } from '../settings/ttl-choices.ts'
import { useTtlLimits } from '../settings/use-ttl-limits.ts'
import { words } from '../words.ts'

interface Props {
  readonly seconds: number
  readonly onChange: (seconds: number) => void
  readonly label: string
}

/** How long words live. A time the page would not offer itself is offered when it is the room's. */
export function TtlChoice({ seconds, onChange, label }: Props) {
  const id = useId()
  const choices = ttlChoicesWith(seconds, useTtlLimits())
  return (
    <div className="field">
      <span className="label" id={id}>
        {label}
      </span>
      <div className="seg" role="radiogroup" aria-labelledby={id}>
        {choices.map((choice) => (
          <label key={choice}>
            <input type="radio" name={id} checked={choice === seconds} onChange={() => onChange(choice)} />
            {words.span(choice)}
          </label>
        ))}
      </div>
    </div>
  )
}
