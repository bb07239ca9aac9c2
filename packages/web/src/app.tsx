import { useCallback, useEffect, useState } from 'react'
import { Face } from './connection/face.tsx'
import { Home } from './home/home.tsx'
import { RoomPage } from './room/room-page.tsx'
import { useTab } from './rooms/use-rooms.ts'
import { navigate, useRoute } from './routing/route.ts'
import { KeysDialog } from './ui/keys-dialog.tsx'
import { Mark } from './ui/mark.tsx'
import { useTitle } from './ui/use-title.ts'
import { words } from './words.ts'

/** The page: which screen its address shows. */
export function App() {
  const route = useRoute()
  const [fresh, setFresh] = useState<string>()
  const forgetFresh = useCallback(() => setFresh(undefined), [])
  const [keys, setKeys] = useState(false)
  const showKeys = useCallback(() => setKeys(true), [])
  useKeptOnHide()
  useQuestionMark(showKeys)
  return (
    <>
      {route.page === 'home' && <Home onStarted={setFresh} />}
      {route.page === 'room' && (
        <RoomPage room={route.room} fresh={route.room === fresh} onFreshShown={forgetFresh} onKeys={showKeys} />
      )}
      {route.page === 'bad-room' && <Nowhere {...words.refused.bad_room} />}
      {route.page === 'lost' && <Nowhere title={words.lost.title} text={words.lost.text} />}
      <KeysDialog open={keys} onClose={() => setKeys(false)} />
    </>
  )
}

function Nowhere({ title, text }: { readonly title: string; readonly text: string }) {
  useTitle(0, title)
  return (
    <div className="plain">
      <header>
        <Mark />
      </header>
      <main>
        <Face alone title={title} text={text}>
          <button type="button" className="primary" onClick={() => navigate('/')}>
            {words.home}
          </button>
        </Face>
      </main>
    </div>
  )
}

/** How far one has read is kept when the page may go away. */
function useKeptOnHide(): void {
  const { rooms } = useTab()
  useEffect(() => {
    addEventListener('pagehide', rooms.keep)
    return () => removeEventListener('pagehide', rooms.keep)
  }, [rooms])
}

function useQuestionMark(onPress: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== '?' || event.ctrlKey || event.metaKey || event.altKey) return
      const { target } = event
      const writes =
        target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && target.type === 'text')
      if (writes || document.querySelector('dialog[open]') !== null) return
      event.preventDefault()
      onPress()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [onPress])
}
