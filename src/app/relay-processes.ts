import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { childEnvironment } from '../config/child-environment.ts'
import { projectRoot, type DataPaths } from '../config/paths.ts'
import { second } from '../time/clock.ts'
import { AlarmLines } from './alarm-lines.ts'
import { Child, type ChildPlan } from './child.ts'
import { LogFiles } from './log-files.ts'
import { askRedis, redisPlan } from './redis-server.ts'
import { endsRelay, type ProcessName, type Running } from './running.ts'

type Name = ProcessName | 'redis'
type Ports = Running['ports']

/** Ends a start: a process died again and again before it was ready even once. */
export class StartFailed extends Error {
  override name = 'StartFailed'
}

/**
 * Megabytes of half a nursery. Most of what a process makes is dead within milliseconds; larger ones all round would cost
 * 150 MB under load, and save no measurable time but in delivery, where what belongs to a try lives as long as its host
 * takes to answer.
 */
const nurseryMb = { store: 4, smtp: 4, delivery: 16, api: 4 } as const satisfies Record<
  ProcessName,
  number
>

/** So often may a process die before it was ready for the first time. */
const deathsAtStart = 5

/**
 * Who ends when, and how long each may take over it: intake first, so that nothing new comes; then what finishes mail
 * in hand; the store, which both need until then; Redis last.
 */
const endOrder: readonly { name: Name; deadlineMs: number }[] = [
  { name: 'smtp', deadlineMs: 30 * second },
  { name: 'delivery', deadlineMs: 30 * second },
  { name: 'api', deadlineMs: 5 * second },
  { name: 'store', deadlineMs: 15 * second },
  { name: 'redis', deadlineMs: 3 * second },
]
const hurriedMs = second

export interface RelayProcessesOptions {
  paths: DataPaths
  say: (line: string) => void
  /** A process has another id, or other ports, than before. */
  onChange: () => void
}

/** The relay's processes under one roof: started, started again when they die, ended in order. */
export class RelayProcesses {
  readonly pids = new Map<Name, number>()
  readonly ports = new Map<Name, Ports>()
  /** Resolves when the relay has to end because a process can't run as things are, and has said why. */
  readonly refused: Promise<'refused'>
  readonly #refuse: (how: 'refused') => void
  readonly #options: RelayProcessesOptions
  readonly #logs: LogFiles
  readonly #children = new Map<Name, Child>()
  #stopping = false
  #hurried = false

  constructor(options: RelayProcessesOptions) {
    const { promise, resolve } = Promise.withResolvers<'refused'>()
    this.refused = promise
    this.#refuse = resolve
    this.#options = options
    this.#logs = new LogFiles(options.paths.logDir)
  }

  /**
   * Starts one of ours; resolves when it is ready for the first time, rejects with StartFailed, or with what is wrong
   * with its log file. It never resolves once all are being stopped, or this one is `refused`.
   */
  async start(name: ProcessName): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    const log = this.#logs.descriptor(name)
    this.#run(name, () => this.#planOf(name, log), {
      onReady: (ports) => {
        this.ports.set(name, ports)
        this.#options.onChange()
        resolve(undefined)
      },
      onHopeless: reject,
    })
    await promise
  }

  /** Starts our own Redis. Resolves when it answers, or after two seconds: mail is accepted without it. */
  async startRedis(): Promise<void> {
    const { paths } = this.#options
    const plan = redisPlan(paths, childEnvironment({}), this.#logs.descriptor('redis'))
    this.#run('redis', () => plan, { onReady: () => undefined, onHopeless: () => undefined })
    for (let tries = 0; tries < 100 && !this.#stopping; tries++) {
      if ((await askRedis(paths.redisSocket, 'PING')) === '+PONG') return
      await sleep(20)
    }
  }

  /** Ends all, in order; `hurry` may be called meanwhile. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const { name, deadlineMs } of endOrder) {
      await this.#children.get(name)?.stop(this.#hurried ? hurriedMs : deadlineMs)
    }
    this.#logs.close()
  }

  /** Whoever waits no longer: what is in hand is cut off, which loses nothing and may send something twice. */
  hurry(): void {
    this.#hurried = true
    for (const name of ['smtp', 'delivery', 'api'] as const) this.#children.get(name)?.kill()
  }

  #run(
    name: Name,
    plan: () => ChildPlan,
    hooks: {
      onReady: (ports: Ports) => void
      onHopeless: (error: StartFailed) => void
    },
  ): void {
    if (this.#stopping) return
    const { say, onChange } = this.#options
    const alarms = new AlarmLines(name, say)
    let wasReady = name === 'redis'
    let isRefused = false
    let deaths = 0
    const child = new Child(plan, {
      onStart: (pid) => {
        this.pids.set(name, pid)
        onChange()
      },
      onReport: (report) => {
        if (report.kind === 'ready') {
          wasReady = true
          hooks.onReady(report.ports)
          return
        }
        if (!this.#stopping) say(report.lines)
        isRefused = endsRelay(name, wasReady, report.passing)
        if (isRefused) this.#refuse('refused')
      },
      onAlarm: (bytes) => alarms.push(bytes),
      onDeath: (status, restartInMs) => {
        if (isRefused) return false
        const hopeless = !wasReady && ++deaths >= deathsAtStart
        const next = hopeless ? 'is not started again' : `is started again in ${restartInMs} ms`
        say(`${name} ended (${status}) and ${next}; its log: ${this.#logs.path(name)}`)
        if (hopeless) hooks.onHopeless(new StartFailed(`${name} does not start`))
        return !hopeless
      },
    })
    this.#children.set(name, child)
  }

  #planOf(name: ProcessName, log: number): ChildPlan {
    return {
      command: process.execPath,
      args: [
        '--disable-warning=ExperimentalWarning',
        `--max-semi-space-size=${nurseryMb[name]}`,
        join(projectRoot, 'src', 'bin', 'process.ts'),
        name,
      ],
      env: childEnvironment(this.#fixedPorts(name)),
      log,
      speaks: true,
    }
  }

  /** What a process once listened on it gets again, also where port 0 let the system choose. */
  #fixedPorts(name: ProcessName): Parameters<typeof childEnvironment>[0] {
    const { starttls, implicit, api } = this.ports.get(name) ?? {}
    return {
      ...(starttls ? { 'submission.listen': starttls.join(',') } : {}),
      ...(implicit ? { 'submission.listen_tls': implicit.join(',') } : {}),
      ...(api ? { 'api.listen': api.join(',') } : {}),
    }
  }
}
