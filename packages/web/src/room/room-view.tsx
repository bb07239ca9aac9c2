import type { OutboxItem, TimelineMessage } from '@whisperrooms/client'
import { useCallback, useEffect, useRef, useState } from 'react'
import { Composer } from '../composer/composer.tsx'
import { WritingLine } from '../composer/writing-line.tsx'
import { ClosedFace } from '../connection/closed-face.tsx'
import { ConnectionBar } from '../connection/connection-bar.tsx'
import { EnteringFace } from '../connection/entering-face.tsx'
import { MemberList } from '../members/member-list.tsx'
import type { OpenRoom } from '../rooms/open-rooms.ts'
import { useRoom, useTab } from '../rooms/use-rooms.ts'
import { Timeline } from '../timeline/timeline.tsx'
import { Announcer } from '../ui/announcer.tsx'
import { COARSE, useMedia, WIDE } from '../ui/use-media.ts'
import { words } from '../words.ts'
import { Enter } from './enter.tsx'
import { type RoomDialog, RoomDialogs } from './room-dialogs.tsx'
import { RoomHeader } from './room-header.tsx'
import { type MenuChoice, RoomMenu } from './room-menu.tsx'

interface Props {
  readonly open: OpenRoom
  /** It was just made here: the invite sheet comes first. */
  readonly fresh: boolean
  /** The invite sheet is open: it is not to open again by itself. */
  readonly onFreshShown: () => void
  readonly onLeave: () => void
}

/** A room one is in, or on the way into. */
export function RoomView({ open, fresh, onFreshShown, onLeave }: Props) {
  const { rooms, drafts } = useTab()
  const { room, connection } = open
  const snapshot = useRoom(connection)
  const { you, settings, connection: state } = snapshot
  const [dialog, setDialog] = useState<RoomDialog | undefined>(fresh ? 'invite' : undefined)
  const [panel, setPanel] = useState(true)
  const [renaming, setRenaming] = useState(false)
  const [sends, setSends] = useState(0)
  const [notice, setNotice] = useState<string>()
  const wide = useMedia(WIDE)
  const coarse = useMedia(COARSE)
  const input = useRef<HTMLTextAreaElement>(null)
  const entered = settings !== undefined && state.status !== 'closed'

  useEffect(() => {
    if (fresh) onFreshShown()
  }, [fresh, onFreshShown])
  const write = useCallback(() => input.current?.focus(), [])
  useEffect(() => {
    // On touch screens it would bring up the keyboard before anybody asked for it.
    if (entered && !coarse) write()
  }, [entered, coarse, write])
  useEffect(() => {
    if (notice === undefined) return
    const timer = setTimeout(() => setNotice(undefined), 6000)
    return () => clearTimeout(timer)
  }, [notice])

  const send = (text: string) => {
    setSends((count) => count + 1)
    // What became of it stands in the outbox, which the timeline shows.
    connection.send(text).catch(() => undefined)
  }
  const edit = useCallback(
    (item: OutboxItem) => {
      const text = connection.discard(item.key)
      if (text !== undefined) {
        const { text: before } = drafts.get(room)
        drafts.write(room, before === '' ? text : `${text}\n${before}`)
      }
      write()
    },
    [connection, drafts, room, write],
  )
  const unsend = useCallback(
    (message: TimelineMessage) => {
      connection.unsend(message.offset).catch(() => setNotice(words.timeline.unsendFailed))
      write()
    },
    [connection, write],
  )
  const choose = (choice: MenuChoice) => {
    if (choice === 'leave') return onLeave()
    setDialog(choice)
  }

  if (renaming) {
    const again = (name: string) => {
      rooms.enterAgain(room, { name, create: 'as-before' })
      setRenaming(false)
      return true
    }
    return <Enter room={room} onEnter={again} />
  }

  const members = <MemberList you={you} members={snapshot.members} count={snapshot.count} typing={snapshot.typing} />
  return (
    <div className="room">
      <RoomHeader
        room={room}
        snapshot={snapshot}
        membersShown={wide ? panel : dialog === 'members'}
        onMembers={() => (wide ? setPanel((shown) => !shown) : setDialog('members'))}
        onInvite={() => setDialog('invite')}
        menu={<RoomMenu settings={entered ? settings : undefined} owner={you?.role === 'owner'} onChoose={choose} />}
      />
      <ConnectionBar
        connection={connection}
        snapshot={settings === undefined ? { ...snapshot, connection: QUIET } : snapshot}
      />
      <main className="room-main">
        {state.status === 'closed' ? (
          <ClosedFace
            room={room}
            why={state.why}
            wasIn={settings !== undefined}
            onAgain={(options) => rooms.enterAgain(room, options)}
            onOtherName={() => setRenaming(true)}
            onLeave={onLeave}
          />
        ) : settings === undefined ? (
          <EnteringFace connection={connection} snapshot={snapshot} />
        ) : (
          <>
            <Timeline
              connection={connection}
              snapshot={snapshot}
              unread={open.unread}
              sends={sends}
              onUnsend={unsend}
              onEdit={edit}
              onWrite={write}
            />
            <div className="foot">
              <p className="notice" aria-live="polite">
                {notice}
              </p>
              <WritingLine typing={snapshot.typing} members={snapshot.members} />
              <Composer
                room={room}
                input={input}
                readOnly={you?.role === 'reader'}
                onSend={send}
                onTyping={(on) => connection.typing(on)}
              />
            </div>
          </>
        )}
      </main>
      {entered && wide && panel && <aside className="panel">{members}</aside>}
      <Announcer room={room} />
      <RoomDialogs
        open={dialog}
        onClose={() => setDialog(undefined)}
        room={room}
        connection={connection}
        snapshot={snapshot}
        members={members}
        onRefused={() => setNotice(words.menu.refused)}
      />
    </div>
  )
}

/** Before the first welcome the face in the middle says what there is to say. */
const QUIET = { status: 'live' } as const
