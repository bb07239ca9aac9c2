import { words } from '../words.ts'
import { Dialog } from './dialog.tsx'

interface Props {
  readonly open: boolean
  readonly onClose: () => void
}

export function KeysDialog({ open, onClose }: Props) {
  return (
    <Dialog open={open} onClose={onClose} title={words.keys.title}>
      <dl className="keys">
        {words.keys.list.map(([keys, what]) => (
          <div key={what} className="keys-row">
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
