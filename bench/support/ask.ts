import type { ChildProcess } from 'node:child_process'
import type { Answer, Question, Reply } from './questions.ts'

const PATIENCE_MS = 30_000

/** Puts one question to a process this benchmark started. */
export function ask(child: ChildProcess, question: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => finish(new Error(`no answer to ${question.what}`)), PATIENCE_MS)
    const onMessage = (message: unknown) => {
      if (isReply(message) && message.id === question.id) finish(undefined, message.answer)
    }
    const onExit = () => finish(new Error(`ended before answering ${question.what}`))
    const finish = (error: Error | undefined, answer: Answer = {}) => {
      clearTimeout(late)
      child.off('message', onMessage)
      child.off('exit', onExit)
      if (error) reject(error)
      else resolve(answer)
    }
    child.on('message', onMessage)
    child.once('exit', onExit)
    child.send(question)
  })
}

function isReply(message: unknown): message is Reply {
  return typeof message === 'object' && message !== null && 'id' in message && 'answer' in message
}
