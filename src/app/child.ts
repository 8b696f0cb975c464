import { spawn, type ChildProcess } from 'node:child_process'
import type { ProcessQuestion, ProcessReport } from './running.ts'

/** How a child is started; asked anew at each start, since what it gets can change (the ports that it holds). */
export interface ChildPlan {
  command: string
  args: readonly string[]
  env: NodeJS.ProcessEnv
  /** Whether it speaks our process protocol. */
  speaks: boolean
}

export interface ChildEvents {
  /** It was started, with this id. */
  onStart: (pid: number) => void
  onReport: (report: ProcessReport) => void
  /** Bytes that it wrote to stdout. */
  onOutput: (bytes: Buffer) => void
  /** Bytes that it wrote to stderr. */
  onAlarm: (bytes: Buffer) => void
  /** Nothing more comes from it. */
  onSilence: () => void
  /** It ended without being told to. Answers after how many milliseconds it is to be started again; null: never. */
  onDeath: (status: string, killed: boolean) => number | null
}

/** One process that is started again whenever it ends by itself, until it is stopped. */
export class Child {
  readonly #plan: () => ChildPlan
  readonly #events: ChildEvents
  #process: ChildProcess | null = null
  #restart: NodeJS.Timeout | null = null
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

  /** Nothing, where no process runs or it hears nothing. */
  ask(question: ProcessQuestion): void {
    const child = this.#process
    if (child?.connected) child.send(question, () => undefined)
  }

  #start(): void {
    const child = this.#spawn()
    if (!child) return
    this.#process = child
    child.stdout?.on('data', (bytes: Buffer) => this.#events.onOutput(bytes))
    child.stderr?.on('data', (bytes: Buffer) => this.#events.onAlarm(bytes))
    child.on('close', () => this.#events.onSilence())
    child.on('message', (report) => this.#events.onReport(report as unknown as ProcessReport))
    child.on('spawn', () => this.#events.onStart(child.pid ?? 0))
    child.on('error', (error) => this.#died(child, error.message))
    child.on('exit', (code, signal) => {
      this.#died(child, signal ?? `status ${String(code)}`, signal === 'SIGKILL')
    })
  }

  /** null: the system has no room for another process, which counts as a death. */
  #spawn(): ChildProcess | null {
    const { command, args, env, speaks } = this.#plan()
    try {
      // A session of its own (setsid): the terminal's Ctrl-C reaches the supervisor alone, which knows the order.
      return spawn(command, args, {
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', speaks ? 'ipc' : 'ignore'],
      })
    } catch (error) {
      this.#died(null, error instanceof Error ? error.message : String(error))
      return null
    }
  }

  /** A child that can't be spawned says `error`, one that ends says `exit`: whichever comes, it counts once. */
  #died(child: ChildProcess | null, status: string, killed = false): void {
    if (this.#process !== child) return
    this.#process = null
    if (this.#stopping) {
      this.#gone()
      return
    }
    const delayMs = this.#events.onDeath(status, killed)
    if (delayMs === null) return
    this.#restart = setTimeout(() => this.#start(), delayMs)
  }
}
