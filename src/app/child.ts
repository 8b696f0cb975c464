import { spawn, type ChildProcess } from 'node:child_process'
import { monotonicMs } from '../time/clock.ts'
import { restartDelay } from './restart-delay.ts'
import type { ProcessReport } from './running.ts'

/** How a child is started; asked anew at each start, since what it gets can change (the ports that it holds). */
export interface ChildPlan {
  command: string
  args: readonly string[]
  env: NodeJS.ProcessEnv
  /** File descriptor that its stdout goes to. */
  log: number
  /** Whether it speaks our process protocol. */
  speaks: boolean
}

export interface ChildEvents {
  /** It was started, with this id. */
  onStart: (pid: number) => void
  onReport: (report: ProcessReport) => void
  /** Bytes that it wrote to stderr. */
  onAlarm: (bytes: Buffer) => void
  /** It ended without being told to. Answers whether it is to be started again. */
  onDeath: (status: string, restartInMs: number) => boolean
}

/** One process that is started again whenever it ends by itself, until it is stopped. */
export class Child {
  readonly #plan: () => ChildPlan
  readonly #events: ChildEvents
  #process: ChildProcess | null = null
  #restart: NodeJS.Timeout | null = null
  #delayMs = 0
  #stopping = false
  #gone: () => void = () => undefined
  readonly #ended = new Promise<void>((resolve) => (this.#gone = resolve))

  constructor(plan: () => ChildPlan, events: ChildEvents) {
    this.#plan = plan
    this.#events = events
    this.#start()
  }

  /** Asks it to end, kills it when it has not after `deadlineMs`; resolves when it is gone. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true
    if (this.#restart) clearTimeout(this.#restart)
    if (!this.#process) return
    this.#process.kill('SIGTERM')
    const deadline = setTimeout(() => this.kill(), deadlineMs)
    await this.#ended
    clearTimeout(deadline)
  }

  kill(): void {
    this.#process?.kill('SIGKILL')
  }

  #start(): void {
    const startedAt = monotonicMs()
    const child = this.#spawn(startedAt)
    if (!child) return
    this.#process = child
    child.stderr?.on('data', (bytes: Buffer) => this.#events.onAlarm(bytes))
    child.on('message', (report) => this.#events.onReport(report as unknown as ProcessReport))
    child.on('spawn', () => this.#events.onStart(child.pid ?? 0))
    child.on('error', (error) => this.#died(child, error.message, startedAt))
    child.on('exit', (code, signal) => {
      this.#died(child, signal ?? `status ${String(code)}`, startedAt)
    })
  }

  /** null: the system has no room for another process, which counts as a death. */
  #spawn(startedAt: number): ChildProcess | null {
    const { command, args, env, log, speaks } = this.#plan()
    try {
      // A session of its own (setsid): the terminal's Ctrl-C reaches the supervisor alone, which knows the order.
      return spawn(command, args, {
        env,
        detached: true,
        stdio: ['ignore', log, 'pipe', speaks ? 'ipc' : 'ignore'],
      })
    } catch (error) {
      this.#died(null, error instanceof Error ? error.message : String(error), startedAt)
      return null
    }
  }

  /** A child that can't be spawned says `error`, one that ends says `exit`: whichever comes, it counts once. */
  #died(child: ChildProcess | null, status: string, startedAt: number): void {
    if (this.#process !== child) return
    this.#process = null
    if (this.#stopping) {
      this.#gone()
      return
    }
    this.#delayMs = restartDelay(this.#delayMs, monotonicMs() - startedAt)
    if (!this.#events.onDeath(status, this.#delayMs)) return
    this.#restart = setTimeout(() => this.#start(), this.#delayMs)
  }
}
