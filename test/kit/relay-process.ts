import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, within } from './facts.ts'
import { projectRoot } from './imports.ts'

export type ProcessName = 'store' | 'smtp' | 'delivery' | 'api' | 'redis'

/** `<data_dir>/run.json`, as the supervisor writes it. */
export interface RunFile {
  pid: number
  route: string
  submission: { address: string; port: number; tls: 'starttls' | 'implicit' }[]
  api: { url: string }[]
  metrics: { url: string }[]
  processes: Record<ProcessName, number>
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  /** Everything it printed, both streams. */
  output: string
}

/** The environment of a person's shell, without what the test runner put there; the mark of a CI run goes along. */
const shell = (): Record<string, string> => ({
  ...(process.env['CI_RUN'] !== undefined && { CI_RUN: process.env['CI_RUN'] }),
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: process.env['HOME'] ?? '/',
  NODE_COMPILE_CACHE: join(projectRoot, '.tools/compile-cache'),
})

/** Whether a process runs; a zombie that nobody has fetched yet does not. */
export const isAlive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** `sluice <args>` as a child in a process group of its own; what it prints is kept. */
export class Sluice implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #ended = Promise.withResolvers<Ended>()
  /** Every pid that ever stood in run.json, to see afterwards that none is left. */
  readonly #pids = new Set<number>()
  readonly #killGroup = (): void => this.#signalGroup('SIGKILL')
  #output = ''
  #over = false

  constructor(
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    input?: string,
  ) {
    this.#child = spawn(process.execPath, ['src/bin/main.ts', ...args], {
      cwd: projectRoot,
      env: { ...shell(), ...environment },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      detached: true,
    })
    this.#child.stdin?.end(input)
    const keep = (text: Buffer): void => {
      this.#output += text.toString()
    }
    this.#child.stdout?.on('data', keep)
    this.#child.stderr?.on('data', keep)
    // A test runner that is itself ended leaves nothing behind.
    process.once('exit', this.#killGroup)
    this.#child.once('close', (code, signal) => {
      this.#over = true
      process.removeListener('exit', this.#killGroup)
      this.#ended.resolve({ code, signal, output: this.#output })
    })
  }

  get output(): string {
    return this.#output
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves when the process is gone and its output is complete. */
  ended(deadlineMs?: number): Promise<Ended> {
    return within(`the end of pid ${this.pid}\n${this.#output}`, this.#ended.promise, deadlineMs)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Waits until run.json is this process's own, and reads it; fails at once when the process ends instead. */
  async ready(runFile: string): Promise<RunFile> {
    const ended = this.#ended.promise.then(() => {
      throw new Error(`no relay came up:\n${this.#output}`)
    })
    const run = eventually(`${runFile} of a relay that is ready`, () => {
      const found = this.run(runFile)
      return found.pid === this.pid ? found : undefined
    })
    return Promise.race([run, ended]).finally(() => run.catch(() => undefined))
  }

  /** run.json as it is now. */
  run(runFile: string): RunFile {
    const run = JSON.parse(readFileSync(runFile, 'utf8')) as RunFile
    for (const pid of Object.values(run.processes)) this.#pids.add(pid)
    return run
  }

  /** Ends it as a person would, by force where that doesn't help, and fails if anything of it lives on. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) {
      this.signal('SIGTERM')
      await this.ended(40_000).catch(() => undefined)
    }
    const stubborn = !this.#over
    try {
      if (stubborn) throw new Error(`SIGTERM did not end it:\n${this.#output}`)
      await this.childrenGone()
    } finally {
      this.#killGroup()
      for (const pid of this.#pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
      await this.#ended.promise
    }
  }

  /** Waits until every process that it ever started has ended, by itself. */
  async childrenGone(): Promise<void> {
    const living = (): number[] => [...this.#pids].filter(isAlive)
    const noneLives = (): true | undefined => living().length === 0 || undefined
    await eventually('all processes gone', noneLives, 15_000).catch((error: unknown) => {
      const names = living().map((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim())
      throw new Error(`still there: ${names.join(', ')}`, { cause: error })
    })
  }

  #signalGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal)
    } catch {
      // Nobody of the group is left.
    }
  }
}
