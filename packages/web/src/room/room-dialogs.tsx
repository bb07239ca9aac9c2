import type { RoomConnection, RoomSnapshot } from '@whisperrooms/client'
import type { ReactNode } from 'react'
import { HowItWorks } from '../home/how-it-works.tsx'
import { InviteDialog } from '../invite/invite-dialog.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { words } from '../words.ts'
import { BurnDialog, TtlDialog } from './owner-dialogs.tsx'
import { RenameDialog } from './rename-dialog.tsx'

export type RoomDialog = 'invite' | 'members' | 'rename' | 'ttl' | 'burn' | 'how'

interface Props {
  readonly open: RoomDialog | undefined
  readonly onClose: () => void
  readonly room: string
  readonly connection: RoomConnection
  readonly snapshot: RoomSnapshot
  readonly members: ReactNode
  /** The room did not do what was asked of it. */
  readonly onRefused: () => void
}

/** Everything that opens over a room; one at a time. */
export function RoomDialogs({ open, onClose, room, connection, snapshot, members, onRefused }: Props) {
  return (
    <>
      <InviteDialog open={open === 'invite'} onClose={onClose} room={room} />
      <Dialog open={open === 'members'} onClose={onClose} title={words.members.heading(snapshot.count)}>
        {members}
      </Dialog>
      <RenameDialog
        open={open === 'rename'}
        onClose={onClose}
        name={snapshot.you?.name ?? ''}
        onRename={(name) => connection.rename(name)}
      />
      <TtlDialog
        open={open === 'ttl'}
        onClose={onClose}
        seconds={snapshot.settings?.ttl ?? 0}
        onChange={(ttlSeconds) => void connection.set({ ttlSeconds }).catch(onRefused)}
      />
      <BurnDialog open={open === 'burn'} onClose={onClose} onBurn={() => void connection.burn().catch(onRefused)} />
      <HowItWorks open={open === 'how'} onClose={onClose} />
    </>
  )
}
