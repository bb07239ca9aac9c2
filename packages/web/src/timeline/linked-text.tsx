import { memo } from 'react'
import { piecesOf } from './links.ts'

/** A message's words as text nodes, its addresses as links that tell the other site nothing. */
export const LinkedText = memo(function LinkedText({ text }: { readonly text: string }) {
  const pieces = piecesOf(text)
  return pieces.map((piece, index) =>
    piece.kind === 'text' ? (
      piece.text
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: a message never changes, so neither do its pieces
      <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer" referrerPolicy="no-referrer">
        {piece.text}
      </a>
    ),
  )
})
