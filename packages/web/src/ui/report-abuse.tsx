import { useContact } from '../settings/use-ttl-limits.ts'
import { words } from '../words.ts'

/** Whom to write to about what goes on here, where the operator says so. In a tab of its own: whoever follows it stays in the room. */
export function ReportAbuse({ className }: { readonly className?: string }) {
  const contact = useContact()
  if (contact === undefined) return undefined
  return (
    <a href={contact} target="_blank" rel="noopener noreferrer" className={className}>
      {words.reportAbuse}
    </a>
  )
}
