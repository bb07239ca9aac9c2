import type { OutboxItem, RoomConnection, TimelineMessage } from '@whisperrooms/client'
import type { Epoch, Member } from '@whisperrooms/protocol'
import { useCallback, useMemo, useState } from 'react'
import type { Ageing } from './ageing.ts'
import { createBlocks } from './blocks.ts'
import { MessageBlock } from './message-block.tsx'
import { OutboxMessage } from './outbox-message.tsx'
import type { Row } from './rows.ts'

interface Props {
  readonly rows: readonly Row[]
  readonly outbox: readonly OutboxItem[]
  readonly you: Member | undefined
  readonly live: boolean
  readonly hoveredId: string | undefined
  readonly focusedId: string | undefined
  /** Only messages of this one can be taken back. */
  readonly epoch: Epoch | undefined
  readonly ageing: Ageing
  readonly connection: RoomConnection
  readonly onUnsend: (message: TimelineMessage) => void
  readonly onEdit: (item: OutboxItem) => void
  readonly onWrite: () => void
}

/** The lines of a timeline. */
export function Lines({ rows, outbox, you, live, ageing, connection, onUnsend, onEdit, onWrite, ...rest }: Props) {
  const { hoveredId, focusedId, epoch } = rest
  const [blocksOf] = useState(createBlocks)
  const blocks = useMemo(() => blocksOf(rows), [blocksOf, rows])
  const retry = useCallback(
    (item: OutboxItem) => {
      connection.retry(item.key)
      onWrite()
    },
    [connection, onWrite],
  )
  const discard = useCallback(
    (item: OutboxItem) => {
      connection.discard(item.key)
      onWrite()
    },
    [connection, onWrite],
  )
  const blockOf = (id: string | undefined) =>
    id === undefined ? undefined : blocks.find((one) => one.rows.some((row) => row.id === id))
  const hovered = blockOf(hoveredId)
  const focused = blockOf(focusedId)
  const last = rows.at(-1)
  const afterOwn = last?.kind === 'message' && last.message.own
  return (
    <>
      {blocks.map((block) => (
        <MessageBlock
          key={block.key}
          block={block}
          hoveredId={block === hovered ? hoveredId : undefined}
          focusedId={block === focused ? focusedId : undefined}
          epoch={epoch}
          mayRemove={you?.role === 'owner'}
          ageing={ageing}
          onUnsend={onUnsend}
        />
      ))}
      {you !== undefined &&
        outbox.map((item, index) => (
          <OutboxMessage
            key={item.key}
            item={item}
            you={you}
            head={index === 0 && !afterOwn}
            live={live}
            onRetry={retry}
            onEdit={onEdit}
            onDiscard={discard}
          />
        ))}
    </>
  )
}
