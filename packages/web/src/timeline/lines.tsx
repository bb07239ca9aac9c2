import type { OutboxItem, RoomConnection, TimelineMessage } from '@whisperrooms/client'
import type { Member } from '@whisperrooms/protocol'
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
  readonly activeId: string | undefined
  readonly ageing: Ageing
  readonly connection: RoomConnection
  readonly onUnsend: (message: TimelineMessage) => void
  readonly onEdit: (item: OutboxItem) => void
  readonly onWrite: () => void
}

/** The lines of a timeline. */
export function Lines({ rows, outbox, you, live, activeId, ageing, connection, onUnsend, onEdit, onWrite }: Props) {
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
  const active = activeId === undefined ? undefined : blocks.find((one) => one.rows.some(({ id }) => id === activeId))
  const last = rows.at(-1)
  const afterOwn = last?.kind === 'message' && last.message.own
  return (
    <>
      {blocks.map((block) => (
        <MessageBlock
          key={block.key}
          block={block}
          activeId={block === active ? activeId : undefined}
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
