import { hueOf } from './hue.ts'
import { initialOf } from './initial.ts'

interface AvatarProps {
  readonly id: string
  readonly name: string
}

/** Decoration: the name always stands next to it or is in the label around it. */
export function Avatar({ id, name }: AvatarProps) {
  return (
    <span className="avatar" data-hue={hueOf(id)} aria-hidden="true">
      {initialOf(name)}
    </span>
  )
}
