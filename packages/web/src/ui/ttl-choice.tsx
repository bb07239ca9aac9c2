import { ttlChoices } from '../settings/ttl-choices.ts'
import { useTtlLimits } from '../settings/use-ttl-limits.ts'
import { words } from '../words.ts'

interface Props {
  readonly seconds: number
  readonly onChange: (seconds: number) => void
  readonly label: string
}

/** How long words live. A time the page would not offer itself is offered when it is the room's. */
export function TtlChoice({ seconds, onChange, label }: Props) {
  const offered = ttlChoices(useTtlLimits())
  const choices = offered.includes(seconds) ? offered : [seconds, ...offered]
  return (
    <div className="field">
      <span className="label" id="ttl-label">
        {label}
      </span>
      <div className="seg" role="radiogroup" aria-labelledby="ttl-label">
        {choices.map((choice) => (
          <label key={choice}>
            <input type="radio" name="ttl" checked={choice === seconds} onChange={() => onChange(choice)} />
            {words.span(choice)}
          </label>
        ))}
      </div>
    </div>
  )
}
