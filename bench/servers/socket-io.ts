/**
 * A chat with Socket.IO as its documentation writes it: one Socket.IO room per chat room and `io.to(room).emit`.
 * Listens on `HOST:PORT`; the room is the query's `room`. WebSocket only, no compression.
 */
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { messageFrame, type Said, someone } from './message-frame.ts'

const http = createServer()
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false })
let offset = 0
let people = 0

io.on('connection', (socket) => {
  const room = String(socket.handshake.query['room'])
  const from = someone(`m${++people}`)
  void socket.join(room)
  socket.on('send', (said: Said) => io.to(room).emit('message', messageFrame(offset++, from, said, Date.now())))
})

http.listen(Number(process.env['PORT']), process.env['HOST'] ?? '127.0.0.1')
