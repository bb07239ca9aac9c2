const PATHS = {
  more: (
    <>
      <circle cx="10" cy="4.5" r="1" />
      <circle cx="10" cy="10" r="1" />
      <circle cx="10" cy="15.5" r="1" />
    </>
  ),
  send: <path d="M10 16V4M5 9l5-5 5 5" />,
  close: <path d="M5 5l10 10M15 5L5 15" />,
  plus: <path d="M10 4v12M4 10h12" />,
  down: <path d="M10 4v12M5 11l5 5 5-5" />,
  copy: (
    <>
      <rect x="7" y="7" width="9" height="9" rx="2" />
      <path d="M13 7V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v5a2 2 0 0 0 2 2h1" />
    </>
  ),
  unsend: <path d="M7.5 5.5L4 9l3.5 3.5M4 9h8a4 4 0 0 1 0 8H9" />,
  check: <path d="M4.5 10.5l3.5 3.5 7.5-8" />,
  person: (
    <>
      <circle cx="10" cy="7" r="3" />
      <path d="M4.5 16.5a5.5 5.5 0 0 1 11 0" />
    </>
  ),
  clock: (
    <>
      <circle cx="10" cy="10" r="6.5" />
      <path d="M10 6.5V10l2.5 2" />
    </>
  ),
  lock: (
    <>
      <rect x="4.5" y="9" width="11" height="7.500" rx="2" />
      <path d="M7 9V6.500a3 3 0 0 1 6 0V9" />
    </>
  ),
  unlock: (
    <>
      <rect x="4.5" y="9" width="11" height="7.500" rx="2" />
      <path d="M7 9V6.500a3 3 0 0 1 5.800-1" />
    </>
  ),
  flame: (
    <path d="M10 3c.4 2.6 4.5 4.4 4.5 8.6A4.5 4.5 0 0 1 10 17a4.5 4.5 0 0 1-4.5-4.8c0-1.8 1-2.9 2-4 .2 1.3.8 2 1.6 2.3C9.3 8.4 8.8 5.6 10 3z" />
  ),
  keys: (
    <>
      <rect x="2.5" y="5.5" width="15" height="9" rx="2" />
      <path d="M5.5 8.500h.01M8.5 8.500h.01M11.5 8.500h.01M14.5 8.500h.01M7 11.500h6" />
    </>
  ),
  question: (
    <>
      <circle cx="10" cy="10" r="6.5" />
      <path d="M8.2 8.200a1.9 1.9 0 1 1 2.7 1.800c-.6.3-.9.7-.9 1.300M10 13.500h.01" />
    </>
  ),
  mute: <path d="M4 8v4h2.500l3.5 3V5L6.500 8zM13 8.500l3.500 3.500M16.500 8.500L13 12" />,
  unmute: <path d="M4 8v4h2.500l3.5 3V5L6.500 8zM13 7.500a3.500 3.500 0 0 1 0 5M15 5.500a6.500 6.500 0 0 1 0 9" />,
  leave: <path d="M8 4H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h2M12.5 6.500L16 10l-3.5 3.500M16 10H8.5" />,
} as const

export type IconName = keyof typeof PATHS

/** A line drawing in the colour of the text around it; it never carries meaning alone. */
export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {PATHS[name]}
    </svg>
  )
}
