import type { Answer, Question, Reply, Target } from '../support/questions.ts'

type Wire = { send(message: object): void; on(listener: (message: unknown) => void): void }

const wire: Wire = {
  send: (message) => void process.send?.(message),
  on: (listener) => void process.on('message', listener),
}

let lastId = 0
const waiting = new Map<number, (answer: Answer) => void>()
wire.on((message) => {
  if (!isReply(message)) return
  waiting.get(message.id)?.(message.answer)
  waiting.delete(message.id)
})

/** Puts a question to another process of this run, through the benchmark. */
export function askFor(target: Target, what: Question['what']): Promise<Answer> {
  const id = ++lastId
  const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve))
  wire.send({ id, target, what } satisfies Question)
  return answered
}

/** Heap used + external, and resident, of the server after a forced collection, in bytes. */
export async function serverMemory(): Promise<{ usedBytes: number; residentBytes: number }> {
  const { usedBytes = Number.NaN, residentBytes = Number.NaN } = await askFor('server', 'memory')
  return { usedBytes, residentBytes }
}

/** Says that this process is set up and waits for words. */
export const ready = (): void => wire.send({ ready: true })

/** Hears `talk`, `hush` and `leave` meant for this process. */
export function onWord(listener: (what: Question['what']) => void): void {
  wire.on((message) => {
    if (!isQuestion(message)) return
    listener(message.what)
    wire.send({ id: message.id, answer: {} } satisfies Reply)
  })
}

function isQuestion(message: unknown): message is Question {
  return typeof message === 'object' && message !== null && 'what' in message
}

function isReply(message: unknown): message is Reply {
  return typeof message === 'object' && message !== null && 'answer' in message
}
