/**
 * A chat with `ws` as most people write it: a set of clients per room, `send` in a loop, encoded once per message.
 * Listens on `HOST:PORT`; the room is the path.
 */
import { type WebSocket, WebSocketServer } from 'ws'
import { messageFrame, type Said, someone } from './message-frame.ts'

const server = new WebSocketServer({
  host: process.env['HOST'] ?? '127.0.0.1',
  port: Number(process.env['PORT']),
  perMessageDeflate: false,
})
const rooms = new Map<string, Set<WebSocket>>()
let offset = 0
let people = 0

server.on('connection', (socket, request) => {
  const room = request.url ?? '/'
  const members = rooms.get(room) ?? new Set()
  rooms.set(room, members.add(socket))
  const from = someone(`m${++people}`)
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    members.delete(socket)
    if (members.size === 0) rooms.delete(room)
  })
  socket.on('message', (data) => {
    const said: Said = JSON.parse(data.toString())
    const text = JSON.stringify(messageFrame(offset++, from, said, Date.now()))
    for (const member of members) member.send(text)
  })
})
