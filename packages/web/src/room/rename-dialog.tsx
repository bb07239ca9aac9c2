import { cleanName } from '@whisperrooms/protocol'
import { type FormEvent, useRef, useState } from 'react'
import { Dialog } from '../ui/dialog.tsx'
import { faultOfName, NameField } from '../ui/name-field.tsx'
import { words } from '../words.ts'

interface Props {
  readonly open: boolean
  readonly onClose: () => void
  readonly name: string
  readonly onRename: (name: string) => void
}

export function RenameDialog({ open, onClose, ...rest }: Props) {
  return (
    <Dialog open={open} onClose={onClose} title={words.rename.title}>
      <RenameForm onClose={onClose} {...rest} />
    </Dialog>
  )
}

function RenameForm({ onClose, name, onRename }: Omit<Props, 'open'>) {
  const [typed, setTyped] = useState(name)
  const [fault, setFault] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const cleaned = cleanName(typed)
    if (cleaned === undefined) return setFault(faultOfName(typed))
    if (cleaned !== name) onRename(cleaned)
    onClose()
  }
  return (
    <form onSubmit={submit} className="dialog-form" noValidate autoComplete="off">
      <NameField value={typed} onChange={setTyped} fault={fault} input={input} autoFocus />
      <div className="dialog-actions">
        <button type="button" className="quiet" onClick={onClose}>
          {words.cancel}
        </button>
        <button type="submit" className="primary">
          {words.rename.save}
        </button>
      </div>
    </form>
  )
}
