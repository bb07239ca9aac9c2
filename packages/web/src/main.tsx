import { connectRoom } from '@whisperrooms/client'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { createDrafts } from './composer/drafts.ts'
import { keepInSession } from './rooms/kept-rooms.ts'
import { openRooms } from './rooms/open-rooms.ts'
import { TabContext } from './rooms/use-rooms.ts'
import { applyTheme } from './settings/theme.ts'
import './ui/base.css'
import './ui/controls.css'
import './ui/dialog.css'
import './home/home.css'
import './room/glyph.css'
import './room/room.css'
import './room/rail.css'
import './room/menu.css'
import './room/door.css'
import './members/members.css'
import './timeline/timeline.css'
import './timeline/message.css'
import './composer/composer.css'
import './invite/invite.css'
import './connection/connection.css'

applyTheme()

const drafts = createDrafts()
const rooms = openRooms({
  connect: (room, options) => connectRoom(location.origin, room, options),
  kept: keepInSession(),
})
rooms.onReturned(drafts.giveBack)

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <TabContext value={{ rooms, drafts }}>
    <App />
  </TabContext>,
)
