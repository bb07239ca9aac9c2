import { useId, useRef, useState } from 'react'
import { isPrivateRoom } from '../rooms/room-name.ts'
import { roomPath } from '../routing/route.ts'
import { copyText } from '../ui/copy-text.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { words } from '../words.ts'

interface Props {
  readonly open: boolean
  readonly onClose: () => void
  readonly room: string
}

/** The way in for others, and plainly who can use it. */
export function InviteDialog({ open, onClose, room }: Props) {
  return (
    <Dialog open={open} onClose={onClose} title={words.invite.title} className="invite-dialog">
      <InviteLink room={room} />
    </Dialog>
  )
}

function InviteLink({ room }: { readonly room: string }) {
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  const [copied, setCopied] = useState<boolean>()
  const link = `${location.origin}${roomPath(room)}`
  const copy = () => {
    field.current?.select()
    void copyText(link).then(setCopied)
  }
  const share = () => {
    // Cancelling is not a failure, and there is nothing to do about a real one.
    navigator.share({ url: link }).catch(() => undefined)
  }
  return (
    <>
      <p>{isPrivateRoom(room) ? words.invite.privateWarning : words.invite.namedWarning(room)}</p>
      <div className="field">
        <label htmlFor={id}>{words.invite.link}</label>
        <div className="invite-row">
          <input
            ref={field}
            id={id}
            className="input"
            readOnly
            value={link}
            onFocus={(event) => event.target.select()}
          />
          <button type="button" className="primary" onClick={copy} data-first>
            {copied === true && <Icon name="check" size={18} />}
            {copied === true ? words.invite.copied : words.invite.copy}
          </button>
        </div>
        <span className="fault" role="alert">
          {copied === false ? words.invite.copyFailed : undefined}
        </span>
      </div>
      {'share' in navigator && (
        <button type="button" className="quiet" onClick={share}>
          {words.invite.share}
        </button>
      )}
      <p className="small">{words.invite.server}</p>
    </>
  )
}
