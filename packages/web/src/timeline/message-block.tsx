import type { TimelineMessage } from '@whisperrooms/client'
import type { Epoch } from '@whisperrooms/protocol'
import { type CSSProperties, memo, useCallback } from 'react'
import { words } from '../words.ts'
import type { Ageing } from './ageing.ts'
import type { Block } from './blocks.ts'
import { Message } from './message.tsx'
import type { Row } from './rows.ts'

interface Props {
  readonly block: Block
  /** The messages in it that are pointed at and have the focus: their actions are shown. */
  readonly hoveredId: string | undefined
  readonly focusedId: string | undefined
  /** Only messages of this one can be taken back. */
  readonly epoch: Epoch | undefined
  /** One may remove what others said. */
  readonly mayRemove: boolean
  readonly ageing: Ageing
  readonly onUnsend: (message: TimelineMessage) => void
}

/** What a line is likely to measure, in pixels, until the browser has seen it. */
const LINE_PX = 36

/** Some neighbouring lines; skipped by the browser as a whole while out of sight. */
export const MessageBlock = memo(function MessageBlock({ block, mayRemove, ageing, onUnsend, ...rest }: Props) {
  const { hoveredId, focusedId, epoch } = rest
  const watch = useCallback(
    (element: HTMLElement | null) => (element === null ? undefined : ageing.watchBlock(element)),
    [ageing],
  )
  const style: CSSProperties & Record<`--${string}`, string> = { '--block': `${block.rows.length * LINE_PX}px` }
  return (
    <div ref={watch} className="block" style={style}>
      {block.rows.map((row) =>
        row.kind === 'message' ? (
          <Message
            key={row.id}
            message={row.message}
            head={row.head}
            active={row.id === hoveredId || row.id === focusedId}
            mayUnsend={(row.message.own || mayRemove) && row.message.epoch === epoch}
            ageing={ageing}
            onUnsend={onUnsend}
          />
        ) : (
          <Between key={row.id} row={row} />
        ),
      )}
    </div>
  )
})

function Between({ row }: { readonly row: Exclude<Row, { kind: 'message' }> }) {
  switch (row.kind) {
    case 'vanished':
      return <p className="line-note">{words.timeline.vanished(row.count)}</p>
    case 'day':
      return <p className="line-note">{words.day(row.at)}</p>
    case 'new':
      return <div className="line-new">{words.timeline.new}</div>
  }
}
