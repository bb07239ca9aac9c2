import { Transform } from 'node:stream'

/** What this plugin needs of a message; docs/pipeline.md has the whole of it. */
interface Message {
  text: string
}

/** Says in capital letters what begins with `/shout `. */
export default function shout(): Transform {
  return new Transform({
    objectMode: true,
    transform(message: Message, _encoding, done) {
      const [, rest] = /^\/shout (.+)$/s.exec(message.text) ?? []
      if (rest === undefined) return done(null, message)
      const loud = rest.toUpperCase()
      // Some letters become longer: no more than what was said may be handed on.
      done(null, { ...message, text: loud.length <= message.text.length ? loud : rest })
    },
  })
}
