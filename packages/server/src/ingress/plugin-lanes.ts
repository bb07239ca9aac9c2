import type { Duplex } from 'node:stream'
import type { Clock, Scheduler } from '../clock.ts'
import type { StageFactory, StageMessage } from '../plugin.ts'
import { type PluginAnswer, readAnswer } from './plugin-answer.ts'
import { PluginStream } from './plugin-stream.ts'
import type { StageRefusal } from './said.ts'

/** A plugin that has been loaded. */
export interface Plugin {
  /** Names it in counts and logs: its place in `WR_PLUGINS`, such as `plugin-1`. */
  readonly name: string
  readonly make: StageFactory
  /** The Transform that was made to see whether it can be. */
  readonly first: Duplex
}

/** What all plugins together have made of a message. */
export type Result =
  | ({ readonly ok: true } & PluginAnswer)
  | { readonly ok: false; readonly plugin: string; readonly reason: StageRefusal; readonly error?: unknown }

/** A Transform of each plugin; it takes one message at a time through them. */
type Lane = readonly PluginStream[]

interface Run {
  readonly lane: Lane
  readonly startedMs: number
  /** The plugin that has the message. */
  step: number
}

export interface LanesOptions {
  readonly plugins: readonly Plugin[]
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** How long the plugins together may take over one message, in milliseconds. */
  readonly timeoutMs: number
  /** How many messages may be with the plugins at a time. */
  readonly concurrency: number
}

/** Runs messages through the plugins, several side by side, none longer than it may take. */
export class PluginLanes {
  readonly #options: LanesOptions
  readonly #idle: Lane[]
  #made = 1
  /** What is under way, oldest first. */
  readonly #runs = new Set<Run>()
  #watching = false

  constructor(options: LanesOptions) {
    this.#options = options
    this.#idle = [options.plugins.map(({ make, first }) => new PluginStream(make, first, options.scheduler.soon))]
  }

  get hasFree(): boolean {
    return this.#idle.length > 0 || this.#made < this.#options.concurrency
  }

  /** Call only while one is free. @param done called once; the lane is free again by then. */
  run(message: StageMessage, done: (result: Result) => void): void {
    const run: Run = { lane: this.#idle.pop() ?? this.#makeLane(), startedMs: this.#options.clock(), step: 0 }
    this.#runs.add(run)
    this.#watch()
    this.#step(run, message, (result) => {
      this.#runs.delete(run)
      this.#idle.push(run.lane)
      done(result)
    })
  }

  #step(run: Run, message: StageMessage, done: (result: Result) => void): void {
    const plugin = this.#options.plugins[run.step]
    const stream = run.lane[run.step]
    const { text, meta, rejected } = message
    if (plugin === undefined || stream === undefined) return done({ ok: true, text, meta, rejected })
    stream.run({ ...message }, (handed) => {
      if (!handed.ok) return done({ ...handed, plugin: plugin.name })
      const answer = readAnswer(handed.value)
      if (answer === undefined) {
        stream.fail('nonsense')
        return done({ ok: false, plugin: plugin.name, reason: 'nonsense' })
      }
      if (answer.rejected) return done({ ok: false, plugin: plugin.name, reason: 'rejected' })
      run.step++
      this.#step(run, { ...message, ...answer, meta: { ...answer.meta } }, done)
    })
  }

  #makeLane(): Lane {
    this.#made++
    const { plugins, scheduler } = this.#options
    return plugins.map(({ make }) => new PluginStream(make, undefined, scheduler.soon))
  }

  /** One timer for all: they may take equally long, so the oldest is out of time first. */
  #watch(): void {
    const [oldest] = this.#runs
    if (this.#watching || oldest === undefined) return
    this.#watching = true
    const { clock, scheduler, timeoutMs } = this.#options
    scheduler.after(oldest.startedMs + timeoutMs - clock(), () => {
      this.#watching = false
      for (const run of this.#runs) {
        if (run.startedMs + timeoutMs > clock()) break
        run.lane[run.step]?.fail('timed_out')
      }
      this.#watch()
    })
  }
}
