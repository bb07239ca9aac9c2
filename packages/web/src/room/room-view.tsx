import { type OutboxItem, type TimelineMessage, WhisperError } from '@whisperrooms/client'
import { useCallback, useEffect, useRef, useState } from 'react'
import { Composer } from '../composer/composer.tsx'
import { handOver } from '../composer/hand-over.ts'
import { WritingLine } from '../composer/writing-line.tsx'
import { ClosedFace } from '../connection/closed-face.tsx'
import { ConnectionBar } from '../connection/connection-bar.tsx'
import { EnteringFace } from '../connection/entering-face.tsx'
import type { Decisions } from '../members/member-dialog.tsx'
import { MemberList } from '../members/member-list.tsx'
import type { OpenRoom } from '../rooms/open-rooms.ts'
import { useRoom, useTab } from '../rooms/use-rooms.ts'
import { navigate } from '../routing/route.ts'
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
  readonly onKeys: () => void
  readonly onLeave: () => void
}

/** A room one is in, or on the way into. */
export function RoomView({ open, fresh, onFreshShown, onKeys, onLeave }: Props) {
  const { rooms, drafts } = useTab()
  const { room, connection } = open
  const snapshot = useRoom(connection)
  const { you, settings, connection: state } = snapshot
  const [dialog, setDialog] = useState<RoomDialog | undefined>(fresh ? 'invite' : undefined)
  const [panel, setPanel] = useState(true)
  const [renaming, setRenaming] = useState(false)
  const [sends, setSends] = useState(0)
  const [notice, setNotice] = useState<Notice>()
  const wide = useMedia(WIDE)
  const coarse = useMedia(COARSE)
  const input = useRef<HTMLTextAreaElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const closed = state.status === 'closed'
  const entered = settings !== undefined && !closed

  useEffect(() => {
    if (fresh) onFreshShown()
  }, [fresh, onFreshShown])
  const write = useCallback(() => input.current?.focus(), [])
  useEffect(() => {
    // On touch screens it would bring up the keyboard before anybody asked for it.
    if (entered && !coarse) write()
  }, [entered, coarse, write])
  useEffect(() => {
    // What was open belonged to the room.
    if (closed) setDialog(undefined)
  }, [closed])
  useEffect(() => {
    // What had the focus is gone, with its dialog or with the room.
    if (dialog !== undefined || document.activeElement !== document.body) return
    if (closed) heading.current?.focus()
    else if (!coarse) write()
  }, [dialog, closed, coarse, write])
  useEffect(() => {
    if (notice === undefined) return
    const timer = setTimeout(() => setNotice(undefined), 6000)
    return () => clearTimeout(timer)
  }, [notice])

  const send = (text: string): boolean => {
    const taken = handOver(connection, text)
    if (taken) setSends((count) => count + 1)
    else setNotice({ text: words.composer.tooMany, fault: true })
    return taken
  }
  const edit = useCallback(
    (item: OutboxItem) => {
      const text = connection.discard(item.key)
      if (text !== undefined) drafts.giveBack(room, text)
      write()
    },
    [connection, drafts, room, write],
  )
  const unsend = useCallback(
    (message: TimelineMessage) => {
      connection.unsend(message.offset, message.epoch).catch((error: unknown) => {
        const gone = error instanceof WhisperError && error.code === 'unknown_target'
        setNotice({ text: gone ? words.timeline.unsendUnknown : words.timeline.unsendFailed, fault: true })
      })
      write()
    },
    [connection, write],
  )
  const refused = () => setNotice({ text: words.menu.refused, fault: true })
  const lock = (locked: boolean) => {
    const done = { text: locked ? words.menu.isLocked : words.menu.isUnlocked, fault: false }
    connection.set({ locked }).then(() => setNotice(done), refused)
  }
  const choose = (choice: MenuChoice) => {
    switch (choice) {
      case 'leave':
        return onLeave()
      case 'keys':
        return onKeys()
      case 'lock':
        return lock(settings?.locked !== true)
      default:
        return setDialog(choice)
    }
  }
  const unsaid = [...snapshot.outbox.map(({ text }) => text), drafts.get(room).text].filter((text) => text !== '')
  const home = () => {
    // Words that are nowhere else wait here until one leaves the room by its menu.
    if (unsaid.length === 0) onLeave()
    navigate('/')
  }

  if (renaming) {
    const again = (name: string) => {
      rooms.enterAgain(room, { name, create: 'as-before' })
      setRenaming(false)
      return true
    }
    return <Enter room={room} onEnter={again} />
  }

  const decisions: Decisions = {
    locked: settings?.locked === true,
    moderate: (action) => void connection.moderate(action).catch(refused),
    removeAndLock({ id: member }) {
      // Locked first: otherwise they might be back before.
      connection
        .set({ locked: true })
        .then(() => connection.moderate({ type: 'kick', member }))
        .catch(refused)
    },
  }
  const members = (
    <MemberList
      you={you}
      members={snapshot.members}
      count={snapshot.count}
      typing={snapshot.typing}
      decisions={you?.role === 'owner' && snapshot.features.includes('kick') ? decisions : undefined}
    />
  )
  return (
    <div className="room">
      <RoomHeader
        room={room}
        snapshot={snapshot}
        entered={entered}
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
            onHome={home}
            unsent={snapshot.outbox.length}
            unsaid={unsaid.join('\n')}
            heading={heading}
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
              <p className={notice?.fault === true ? 'notice fault' : 'notice'} aria-live="polite">
                {notice?.text}
              </p>
              <WritingLine typing={snapshot.typing} members={snapshot.members} />
              <Composer
                room={room}
                input={input}
                readOnly={you?.role === 'reader' || you?.muted === true}
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
        onRefused={refused}
      />
    </div>
  )
}

/** What came of something one asked for; shown for a few seconds. */
interface Notice {
  readonly text: string
  readonly fault: boolean
}

/** Before the first welcome the face in the middle says what there is to say. */
const QUIET = { status: 'live' } as const
