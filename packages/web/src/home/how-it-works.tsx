import { Dialog } from '../ui/dialog.tsx'
import { words } from '../words.ts'

interface Props {
  readonly open: boolean
  readonly onClose: () => void
}

/** What the page promises, and as plainly what it cannot. */
export function HowItWorks({ open, onClose }: Props) {
  const { title, can, cannot, promises, limits } = words.how
  return (
    <Dialog open={open} onClose={onClose} title={title} className="how">
      <div className="can">
        <h3>{can}</h3>
        <ul>
          {promises.map((promise) => (
            <li key={promise}>{promise}</li>
          ))}
        </ul>
      </div>
      <div>
        <h3>{cannot}</h3>
        <ul>
          {limits.map((limit) => (
            <li key={limit}>{limit}</li>
          ))}
        </ul>
      </div>
    </Dialog>
  )
}
