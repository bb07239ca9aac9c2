import type { ClosedReason } from '@whisperrooms/client'
import { type Ref, useState } from 'react'
import type { AgainOptions } from '../rooms/open-rooms.ts'
import { isPrivateRoom } from '../rooms/room-name.ts'
import { copyText } from '../ui/copy-text.ts'
import { words } from '../words.ts'
import { Face } from './face.tsx'

interface Props {
  readonly room: string
  readonly why: ClosedReason
  /** One was in the room before. */
  readonly wasIn: boolean
  readonly onAgain: (options: AgainOptions) => void
  readonly onOtherName: () => void
  readonly onHome: () => void
  /** Messages of one's own that did not get into the room, as far as this page knows. */
  readonly unsent: number
  /** Everything one wrote and the room does not have, to be taken elsewhere. */
  readonly unsaid: string
  readonly heading: Ref<HTMLHeadingElement>
}

/** The server said no, or no longer: why, and what one can do. */
export function ClosedFace({ room, why, wasIn, onAgain, onOtherName, onHome, unsent, unsaid, heading }: Props) {
  const [copied, setCopied] = useState<boolean>()
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
  const copy = () => {
    void copyText(unsaid).then(setCopied)
  }
  return (
    <Face title={title} text={unsent === 0 ? text : `${text} ${words.unsaid.count(unsent)}`} sudden heading={heading}>
      {action !== undefined && (
        <button type="button" className="primary" onClick={act}>
          {action.label}
        </button>
      )}
      {unsaid !== '' && (
        <button type="button" className="quiet" onClick={copy}>
          {copied === undefined ? words.unsaid.copy : copied ? words.unsaid.copied : words.unsaid.copyFailed}
        </button>
      )}
      <button type="button" className="quiet" onClick={onHome}>
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
