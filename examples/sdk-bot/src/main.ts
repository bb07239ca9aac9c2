import { randomInt } from 'node:crypto'
import { connectRoom, WhisperError } from '@whisperrooms/client'

/** What it listens for: `!roll`, or `!roll 20` for a die of twenty sides. */
const ROLL = /^!roll(?: (\d{1,4}))?$/

function main(): void {
  const name = process.env['ROOM']
  if (name === undefined || name === '') throw new Error('ROOM must be set')
  const room = connectRoom(process.env['WR_URL'] ?? 'http://localhost:8080', name, {
    name: 'Dice',
    create: {},
    onArrival({ from, text, offset }) {
      const asked = ROLL.exec(text)
      if (asked === null) return
      const sides = Math.max(2, Number(asked[1] ?? 6))
      room.send(`${from.name} rolls ${randomInt(1, sides + 1)} of ${sides}`, { replyTo: offset }).catch(complain)
    },
  })

  let told = ''
  room.subscribe(() => {
    const { status } = room.getSnapshot().connection
    if (status !== told) process.stderr.write(`${status}\n`)
    told = status
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => room.leave())
}

/** The client tries again by itself; what it could not say in time is given up. */
function complain(error: unknown): void {
  process.stderr.write(`not said: ${error instanceof WhisperError ? error.code : 'unknown'}\n`)
}

main()
