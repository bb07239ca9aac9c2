import { type FormEvent, useState } from 'react'
import { Dialog } from '../ui/dialog.tsx'
import { TtlChoice } from '../ui/ttl-choice.tsx'
import { words } from '../words.ts'

interface TtlProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly seconds: number
  readonly onChange: (seconds: number) => void
}

export function TtlDialog({ open, onClose, ...rest }: TtlProps) {
  return (
    <Dialog open={open} onClose={onClose} title={words.ttl.title}>
      <TtlForm onClose={onClose} {...rest} />
    </Dialog>
  )
}

function TtlForm({ onClose, seconds, onChange }: Omit<TtlProps, 'open'>) {
  const [chosen, setChosen] = useState(seconds)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (chosen !== seconds) onChange(chosen)
    onClose()
  }
  return (
    <form onSubmit={submit} className="dialog-form">
      <p className="small">{words.ttl.text}</p>
      <TtlChoice seconds={chosen} onChange={setChosen} label={words.start.ttl} />
      <div className="dialog-actions">
        <button type="button" className="quiet" onClick={onClose}>
          {words.cancel}
        </button>
        <button type="submit" className="primary">
          {words.ttl.save}
        </button>
      </div>
    </form>
  )
}

interface BurnProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly onBurn: () => void
}

export function BurnDialog({ open, onClose, onBurn }: BurnProps) {
  const burn = () => {
    onBurn()
    onClose()
  }
  return (
    <Dialog open={open} onClose={onClose} title={words.burn.title}>
      <p>{words.burn.text}</p>
      <div className="dialog-actions">
        <button type="button" className="quiet" onClick={onClose} data-first>
          {words.cancel}
        </button>
        <button type="button" className="danger" onClick={burn}>
          {words.burn.confirm}
        </button>
      </div>
    </Dialog>
  )
}
