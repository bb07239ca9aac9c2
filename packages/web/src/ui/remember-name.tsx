import { words } from '../words.ts'

interface Props {
  readonly checked: boolean
  readonly onChange: (on: boolean) => void
}

export function RememberName({ checked, onChange }: Props) {
  return (
    <label className="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      {words.name.remember}
    </label>
  )
}
