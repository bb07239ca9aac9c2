import { words } from '../words.ts'
import { Link } from './link.tsx'

/** The word mark: two rings, the second one in ember and running out. Leads home. */
export function Mark() {
  return (
    <Link className="mark" to="/">
      <svg viewBox="0 0 26 26" fill="none" aria-hidden="true">
        <circle cx="10" cy="13" r="8" stroke="currentColor" strokeWidth="2" />
        <circle className="mark-ember" cx="16" cy="13" r="8" strokeWidth="2" strokeDasharray="30 8 6 30" />
      </svg>
      {words.app}
    </Link>
  )
}
