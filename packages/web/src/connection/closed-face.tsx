import type { ClosedReason } from '@whisperrooms/client'
import type { AgainOptions } from '../rooms/open-rooms.ts'
import { isPrivateRoom } from '../rooms/room-name.ts'
import { navigate } from '../routing/route.ts'
import { words } from '../words.ts'
import { Face } from './face.tsx'

interface Props {
  readonly room: string
  readonly why: ClosedReason
  /** One was in the room before. */
  readonly wasIn: boolean
  readonly onAgain: (options: AgainOptions) => void
  readonly onOtherName: () => void
  readonly onLeave: () => void
}

/** The server said no, or no longer: why, and what one can do. */
export function ClosedFace({ room, why, wasIn, onAgain, onOtherName, onLeave }: Props) {
  const { title, text } = (why === 'left' ? undefined : words.refused[why]) ?? words.refused.internal
  const action = actionFor(why, room, wasIn)
  const act = () => {
    if (action === undefined) return
    switch (action.kind) {
      case 'again':
        return onAgain(action.options)
      case 'name':
        return onOtherName()
      case 'reload':
        return location.reload()
    }
  }
  const home = () => {
    onLeave()
    navigate('/')
  }
  return (
    <Face title={title} text={text}>
      {action !== undefined && (
        <button type="button" className="primary" onClick={act}>
          {action.label}
        </button>
      )}
      <button type="button" className="quiet" onClick={home}>
        {words.home}
      </button>
    </Face>
  )
}

type Action =
  | { readonly kind: 'again'; readonly label: string; readonly options: AgainOptions }
  | { readonly kind: 'name' | 'reload'; readonly label: string }

/** The one thing worth trying; none where the answer would be the same. */
function actionFor(why: ClosedReason, room: string, wasIn: boolean): Action | undefined {
  const labels = words.refusedActions
  switch (why) {
    case 'no_such_room':
    case 'room_ended': {
      const label = wasIn || isPrivateRoom(room) ? labels.openAgain : labels.open
      return { kind: 'again', label, options: { create: 'as-before' } }
    }
    case 'bad_ttl':
      return { kind: 'again', label: labels.serversTtl, options: { create: 'default-ttl' } }
    case 'wrong_proof':
      return { kind: 'again', label: labels.asMember, options: { withoutOwner: true } }
    case 'bad_name':
      return { kind: 'name', label: labels.otherName }
    case 'unsupported_protocol':
    case 'bad_frame':
    case 'unknown_type':
      return { kind: 'reload', label: labels.reload }
    case 'kicked':
    case 'bad_room':
      return undefined
    default:
      return { kind: 'again', label: labels.tryAgain, options: {} }
  }
}
