/** What is left of a message: drains by `--left` (1 to 0) of the message around it. Empty and dashed until it is in the room. */
export function Ring({ unsent = false }: { readonly unsent?: boolean }) {
  return (
    <svg className={unsent ? 'ring ring-unsent' : 'ring'} viewBox="0 0 18 18" fill="none" aria-hidden="true">
      <circle className="ring-track" cx="9" cy="9" r="7.25" />
      {!unsent && <circle className="ring-left" cx="9" cy="9" r="7.25" pathLength="1" />}
    </svg>
  )
}
