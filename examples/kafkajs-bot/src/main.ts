import { createInterface } from 'node:readline'
import { Kafka, logLevel } from 'kafkajs'
import { openRoom } from './room.ts'

/** @throws when a variable is missing. */
function setting(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`${name} must be set`)
  return value
}

/** Without what would move a terminal's cursor or disguise a name, and with single blanks. */
const plain = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()

async function main(): Promise<void> {
  const kafka = new Kafka({ brokers: setting('KAFKA_BROKERS').split(','), logLevel: logLevel.ERROR })
  const namesKey = Buffer.from(setting('WR_NAMES_KEY'), 'base64url')
  const place = { namesKey, room: setting('ROOM'), name: plain(setting('NAME')) }
  const room = await openRoom(kafka, place, ({ name, text }) => {
    process.stdout.write(`${plain(name)}: ${plain(text)}\n`)
  })
  process.stderr.write('listening\n')

  const lines = createInterface({ input: process.stdin })
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => lines.close())
  for await (const line of lines)
    await room.say(line).catch((error: unknown) => {
      process.stderr.write(`not said: ${error instanceof Error ? error.message : 'unknown'}\n`)
    })
  await room.close()
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : 'unknown'}\n`)
  process.exitCode = 1
})
