import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Job, ResultOf } from '../load/jobs.ts'
import { ask } from './ask.ts'
import { type Place, startPinned } from './pinned.ts'
import type { Question, Target } from './questions.ts'

const LOAD = fileURLToPath(new URL('../load/main.ts', import.meta.url))

/** Who answers a load process's questions in the middle of its job. */
export type Targets = Readonly<Partial<Record<Target, ChildProcess>>>

export interface RunningLoad<J extends Job> {
  readonly child: ChildProcess
  /** It is set up and waits for words (crowds only). */
  readonly ready: Promise<void>
  readonly result: Promise<ResultOf<J>>
}

/** Starts a load process on its own core, passes its questions on, and takes its result. */
export function startLoad<J extends Job>(job: J, targets: Targets, place: Place = 'load'): RunningLoad<J> {
  const child = startPinned(place, [LOAD, JSON.stringify(job)], {})
  const ready = Promise.withResolvers<void>()
  const result = Promise.withResolvers<ResultOf<J>>()
  const fail = (error: Error) => {
    ready.reject(error)
    result.reject(error)
  }
  // Whoever needs neither must not be ended by its rejection.
  ready.promise.catch(() => {})
  result.promise.catch(() => {})
  child.on('message', (message: Question | { ready: true } | { result: ResultOf<J> }) => {
    if ('result' in message) result.resolve(message.result)
    else if ('ready' in message) ready.resolve()
    else if ('what' in message) passOn(message).catch(fail)
  })
  child.once('exit', (code) => fail(new Error(`the load process for ${job.kind} ended with ${code}`)))

  const passOn = async (question: Question) => {
    const target = targets[question.target]
    if (target === undefined) throw new Error(`nobody is ${question.target} in ${job.kind}`)
    child.send({ id: question.id, answer: await ask(target, question) })
  }
  return { child, ready: ready.promise, result: result.promise }
}

/** Runs a job to its end. */
export const runLoad = <J extends Job>(job: J, targets: Targets, place?: Place): Promise<ResultOf<J>> =>
  startLoad(job, targets, place).result
