import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { projectRoot, type DataPaths } from '../config/paths.ts'
import { monotonicMs, second } from '../time/clock.ts'
import type { ProcessHealth } from '../ipc/process-health.ts'
import { logPath, type LogFileLimits } from '../log/log-file.ts'
import { meaningOfLoss } from '../operations/readiness.ts'
import { askRedis } from '../redis/ask-redis.ts'
import type { ChildPlan } from './child.ts'
import { beatEveryMs } from './heartbeat.ts'
import { openLogFile } from './open-log-file.ts'
import { redisPlan } from './redis-server.ts'
import type { ProcessName, RelayEnd, Running } from './running.ts'
import { SupervisedProcess } from './supervised-process.ts'
import type { Voice } from './voice.ts'
import { childEnvironment } from '../config/settings-environment.ts'

type Name = ProcessName | 'redis'
type Ports = Running['ports']

/**
 * Size of a heap in megabytes, with its buffers, before the first full garbage collection. By default V8 begins at a few, and a
 * relay of large mail then collects ten times a second, since its buffers come and go.
 */
const unsearchedMb = 64

/**
 * By how many percent of the live data a heap may grow before the next full garbage collection. On a machine with much memory V8
 * lets a large heap grow to four times that; delivery's is large where a hundred thousand destinations are due at once.
 */
const deliveryGrowsPercent = 60

/**
 * Size of a semi-space (young generation) in megabytes. Most objects are dead within milliseconds. Larger semi-spaces in all processes
 * would cost 150 MB under load and save no measurable time except in delivery, where the objects of an attempt live as long as its host
 * takes to answer. There 32 MB cost a tenth of the messages per second where the processor's cache is no larger than that.
 */
const nurseryMb = { store: 4, smtp: 4, delivery: 16, api: 4 } as const satisfies Record<
  ProcessName,
  number
>

/**
 * The order in which processes end, and how long each may take: intake first, so that nothing new comes; then delivery, which
 * finishes what is in hand; then the store, which both need until then; Redis last.
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
  logFiles: LogFileLimits
  voice: Pick<Voice, 'say' | 'repeat' | 'note'>
  /** A process has another id, or other ports, than before. */
  onChange: () => void
}

/** All processes of the relay: starts them, restarts those that die, ends them in order. */
export class RelayProcesses {
  readonly ports = new Map<Name, Ports>()
  /** Resolves when the relay has to end because of one of them; the reason was printed by then. */
  readonly end: Promise<RelayEnd>
  readonly #onEnd: (end: RelayEnd) => void
  #ended: RelayEnd | null = null
  readonly #options: RelayProcessesOptions
  readonly #processes = new Map<Name, SupervisedProcess>()
  readonly #beat: NodeJS.Timeout
  #stopping = false
  #hurried = false

  constructor(options: RelayProcessesOptions) {
    const { promise, resolve } = Promise.withResolvers<RelayEnd>()
    this.end = promise
    this.#onEnd = resolve
    this.#options = options
    this.#beat = setInterval(() => {
      for (const each of this.#processes.values()) each.beat(monotonicMs())
    }, beatEveryMs)
  }

  /** Why the relay has to end because of one of them, including one that reported it while all were being stopped. */
  get ended(): RelayEnd | null {
    return this.#ended
  }

  /** The last id of each. */
  get pids(): ReadonlyMap<Name, number> {
    const pids = new Map<Name, number>()
    for (const [name, { pid }] of this.#processes) if (pid !== null) pids.set(name, pid)
    return pids
  }

  /** Each of them by its name. */
  get all(): ReadonlyMap<Name, SupervisedProcess> {
    return this.#processes
  }

  /** How each of them is now. */
  get health(): ProcessHealth[] {
    const now = monotonicMs()
    return [...this.#processes.values()].map((each) => each.health(now))
  }

  /**
   * Starts one of ours; resolves when it is ready for the first time, rejects with what is wrong with its log file. It
   * never resolves once all are being stopped, or this one has ended the relay.
   */
  async start(name: ProcessName): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.#run(
      name,
      () => this.#planOf(name),
      (ports) => {
        this.ports.set(name, ports)
        this.#options.onChange()
        resolve(undefined)
      },
      // Its log is a file that it writes itself
      (line) => this.#options.voice.note(`${name}: ${line}`),
    )
    await promise
  }

  /** Starts our own Redis. Resolves when it answers, or after two seconds: mail is accepted without it. */
  async startRedis(): Promise<void> {
    const { paths, logFiles } = this.#options
    const plan = redisPlan(paths, childEnvironment({}))
    const log = openLogFile(paths, 'redis', logFiles)
    this.#run(
      'redis',
      () => plan,
      () => undefined,
      (line) => void log.append(Buffer.from(`${line}\n`)),
    )
    for (let tries = 0; tries < 100 && !this.#stopping; tries++) {
      if ((await askRedis(paths.redisSocket, 'PING')) === '+PONG') return
      await sleep(20)
    }
  }

  /** Ends all, in order; `hurry` may be called meanwhile. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearInterval(this.#beat)
    for (const { name, deadlineMs } of endOrder) {
      await this.#processes.get(name)?.stop(this.#hurried ? hurriedMs : deadlineMs)
    }
  }

  /** Ends without waiting: what is in hand is cut off. Nothing is lost by that, but something may be sent twice. */
  hurry(): void {
    this.#hurried = true
    for (const name of ['smtp', 'delivery', 'api'] as const) this.#processes.get(name)?.kill()
  }

  #run(
    name: Name,
    plan: () => ChildPlan,
    onReady: (ports: Ports) => void,
    onOutput: (line: string) => void,
  ): void {
    if (this.#stopping) return
    const { paths, voice, onChange } = this.#options
    const process = new SupervisedProcess({
      name,
      speaks: name !== 'redis',
      plan,
      logFile: logPath(paths.logDir, name),
      say: voice.say,
      repeat: voice.repeat,
      onOutput,
      meaning: meaningOfLoss[name],
      onStart: onChange,
      onReady,
      onEnd: (end) => this.#mustEnd(name, end),
      isEnding: () => this.#ended !== null,
    })
    this.#processes.set(name, process)
  }

  /** Once the store is gone, nothing that the others finish can be recorded any more. */
  #mustEnd(name: Name, end: RelayEnd): void {
    if (name === 'store') this.hurry()
    this.#ended ??= end
    this.#onEnd(end)
  }

  #planOf(name: ProcessName): ChildPlan {
    return {
      command: process.execPath,
      args: [
        '--disable-warning=ExperimentalWarning',
        `--max-semi-space-size=${nurseryMb[name]}`,
        `--initial-old-space-size=${unsearchedMb}`,
        ...(name === 'delivery' ? [`--heap-growing-percent=${deliveryGrowsPercent}`] : []),
        join(projectRoot, 'src', 'bin', 'process.ts'),
        name,
      ],
      env: childEnvironment(this.#fixedPorts(name)),
      speaks: true,
    }
  }

  /** A restarted process listens on the same ports again, also where port 0 had let the system choose. */
  #fixedPorts(name: ProcessName): Parameters<typeof childEnvironment>[0] {
    const { starttls, implicit, api, metrics } = this.ports.get(name) ?? {}
    return {
      ...(starttls ? { 'submission.listen': starttls.join(',') } : {}),
      ...(implicit ? { 'submission.listen_tls': implicit.join(',') } : {}),
      ...(api ? { 'api.listen': api.join(',') } : {}),
      ...(metrics ? { 'metrics.listen': metrics.join(',') } : {}),
    }
  }
}
