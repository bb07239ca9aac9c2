import type { Moderation } from '@whisperrooms/client'
import type { Member } from '@whisperrooms/protocol'
import { useEffect, useRef, useState } from 'react'
import { Dialog } from '../ui/dialog.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'
import { words } from '../words.ts'

export interface Decisions {
  /** Nobody new can enter: whoever is removed stays out. */
  readonly locked: boolean
  readonly moderate: (action: Moderation) => void
  readonly removeAndLock: (member: Member) => void
}

interface Props extends Decisions {
  /** `undefined`: it is closed. */
  readonly member: Member | undefined
  readonly onClose: () => void
}

/** What an owner can decide of somebody. */
export function MemberDialog({ member, onClose, ...decisions }: Props) {
  return (
    <Dialog open={member !== undefined} onClose={onClose} title={member?.name ?? ''}>
      {member !== undefined && <Choices key={member.id} member={member} onClose={onClose} {...decisions} />}
    </Dialog>
  )
}

function Choices({
  member,
  locked,
  moderate,
  removeAndLock,
  onClose,
}: Decisions & { member: Member; onClose: () => void }) {
  const [removing, setRemoving] = useState(false)
  const cancel = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    // The button that had the focus is gone.
    if (removing) cancel.current?.focus()
  }, [removing])
  const { id, role, muted } = member
  const close = (decide: () => void) => () => {
    decide()
    onClose()
  }
  const item = (icon: IconName, label: string, action: Moderation) => (
    <button type="button" onClick={close(() => moderate(action))}>
      <Icon name={icon} size={18} />
      {label}
    </button>
  )
  const remove = close(() => moderate({ type: 'kick', member: id }))

  if (removing)
    return (
      <>
        <p>{locked ? words.member.removed : words.member.removedOpen}</p>
        <div className="dialog-actions">
          <button ref={cancel} type="button" className="quiet" onClick={onClose}>
            {words.cancel}
          </button>
          <button type="button" className={locked ? 'danger' : 'quiet'} onClick={remove}>
            {words.member.removeNow}
          </button>
          {!locked && (
            <button type="button" className="danger" onClick={close(() => removeAndLock(member))}>
              {words.member.removeAndLock}
            </button>
          )}
        </div>
      </>
    )
  if (role === 'owner')
    return (
      <div className="member-choices">
        {item('person', words.member.noOwner, { type: 'role', member: id, role: 'member' })}
      </div>
    )
  return (
    <div className="member-choices">
      {muted === true
        ? item('unmute', words.member.unmute, { type: 'mute', member: id, on: false })
        : item('mute', words.member.mute, { type: 'mute', member: id, on: true })}
      {role === 'reader'
        ? item('send', words.member.mayWrite, { type: 'role', member: id, role: 'member' })
        : item('keys', words.member.readsOnly, { type: 'role', member: id, role: 'reader' })}
      {item('person', words.member.makeOwner, { type: 'role', member: id, role: 'owner' })}
      <button type="button" onClick={() => setRemoving(true)}>
        <Icon name="leave" size={18} />
        {words.member.remove}
      </button>
    </div>
  )
}
