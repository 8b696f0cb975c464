import { spawn, type ChildProcess } from 'node:child_process'
import type { ProcessQuestion, ProcessReport } from './running.ts'

/** How a child is started; asked for at each start, since it can change (the ports that the child gets). */
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
  /** Its stdout and stderr have ended. */
  onSilence: () => void
  /** It ended without being told to. Returns after how many milliseconds it is started again; null: never. */
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

  /** Asks it to end, and kills it if it has not ended after `deadlineMs`; resolves when it is gone. */
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

  /** Does nothing where no process runs or its channel is closed. */
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

  /** A child that can't be spawned emits `error`, one that ends emits `exit`: either counts as one death. */
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
