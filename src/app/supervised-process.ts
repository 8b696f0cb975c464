import type { ProcessHealth } from '../ipc/process-health.ts'
import { monotonicMs, type Millis } from '../time/clock.ts'
import { describeDuration } from '../time/duration.ts'
import { alarmLines, LineCutter } from './alarm-lines.ts'
import { Child, type ChildPlan } from './child.ts'
import { Heartbeat } from './heartbeat.ts'
import { MetricsQuestion } from './metrics-question.ts'
import { afterDeath, noDeaths, type Deaths } from './restart-policy.ts'
import { endsRelay, type ProcessReport, type RelayEnd, type Running } from './running.ts'
import type { Say } from './voice.ts'

export interface SupervisedOptions {
  name: string
  /** false: it does not speak our protocol, such as Redis. Then it counts as ready once it runs, and never ends the relay. */
  speaks: boolean
  plan: () => ChildPlan
  logFile: string
  say: Say
  /** Says what it has written to its own log. */
  repeat: Say
  /** A line that it wrote to stdout. */
  onOutput: (line: string) => void
  /** What it means for mail, in words for people, that the process does not answer. */
  meaning: string
  onStart: () => void
  onReady: (ports: Running['ports']) => void
  /** The relay has to end because of it. */
  onEnd: (end: RelayEnd) => void
  /** Whether the relay is ending already because of one of its processes, which printed why: one line is enough. */
  isEnding: () => boolean
}

/** One process of the relay, across restarts: asks it for signs of life, restarts it with growing waits, gives it up. */
export class SupervisedProcess {
  readonly #options: SupervisedOptions
  readonly #child: Child
  readonly #alarms: LineCutter
  readonly #output: LineCutter
  #pid: number | null = null
  #runs = false
  #heartbeat = new Heartbeat()
  #readySince: Millis | null = null
  #everReady = false
  #deaths: Deaths = noDeaths
  #given = false
  #stopping = false
  #wasSilent = false
  readonly #metrics = new MetricsQuestion()
  #starts = 0

  constructor(options: SupervisedOptions) {
    this.#options = options
    this.#alarms = alarmLines(options.name, options)
    this.#output = new LineCutter(options.onOutput)
    this.#child = new Child(options.plan, {
      onStart: (pid) => this.#started(pid),
      onReport: (report) => this.#hear(report),
      onOutput: (bytes) => this.#output.push(bytes),
      onAlarm: (bytes) => this.#alarms.push(bytes),
      onSilence: () => {
        this.#output.end()
        this.#alarms.end()
      },
      onDeath: (status, killed) => this.#died(status, killed),
    })
  }

  /** Its process id, or the last one; null before the first start. */
  get pid(): number | null {
    return this.#pid
  }

  get runs(): boolean {
    return this.#runs
  }

  /** How often it was started. */
  get starts(): number {
    return this.#starts
  }

  /** Its metrics as JSON; null: it does not answer within so many milliseconds. */
  async metrics(withinMs: number): Promise<string | null> {
    if (this.#readySince === null || !this.#options.speaks) return null
    return this.#metrics.ask(withinMs, () => this.#child.ask({ kind: 'metrics' }))
  }

  health(now: Millis): ProcessHealth {
    const { name } = this.#options
    const pid = this.#runs ? this.#pid : null
    return { name, pid, state: this.#state(now), trouble: this.#heartbeat.trouble }
  }

  /** To be called every `beatEveryMs`: asks for a sign of life, and says when it stays away or returns. */
  beat(now: Millis): void {
    const { name, say, meaning } = this.#options
    if (this.#readySince === null || this.#stopping) return
    if (this.#options.speaks) this.#heartbeat.ask(now, () => this.#child.ask({ kind: 'ping' }))
    const isSilent = this.#heartbeat.isSilent(now)
    if (isSilent === this.#wasSilent) return
    this.#wasSilent = isSilent
    say(
      isSilent
        ? `${name} (process ${this.#pid}) does not answer: ${meaning}`
        : `${name} (process ${this.#pid}) answers again`,
      isSilent ? 'warn' : 'info',
    )
  }

  /** Asks it to end, and kills it if it has not ended after `deadlineMs`; resolves when it is gone. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true
    await this.#child.stop(deadlineMs)
  }

  kill(): void {
    this.#child.kill()
  }

  #state(now: Millis): ProcessHealth['state'] {
    if (!this.#runs) return 'ended'
    if (this.#readySince === null) return 'starting'
    return this.#heartbeat.isSilent(now) ? 'silent' : 'ready'
  }

  #started(pid: number): void {
    this.#pid = pid
    this.#runs = true
    this.#starts++
    this.#heartbeat = new Heartbeat()
    this.#wasSilent = false
    if (!this.#options.speaks) this.#isReady()
    this.#options.onStart()
  }

  #isReady(): void {
    this.#everReady = true
    this.#readySince = monotonicMs()
  }

  #hear(report: ProcessReport): void {
    const { name, onReady } = this.#options
    switch (report.kind) {
      case 'ready':
        this.#heartbeat.answered(report.trouble)
        this.#isReady()
        onReady(report.ports)
        break
      case 'pong':
        this.#heartbeat.answered(report.trouble)
        break
      case 'metrics':
        this.#metrics.answered(report.json)
        break
      case 'refused':
        if (this.#stopping) break
        this.#sayWhy(report.lines)
        if (endsRelay(name, this.#everReady, report.passing)) this.#giveUp({ kind: 'refused' })
        break
      case 'fatal':
        this.#sayWhy(report.lines)
        this.#giveUp({ kind: 'refused' })
        break
    }
  }

  #sayWhy(lines: string): void {
    if (!this.#options.isEnding()) this.#options.say(lines, 'error')
  }

  #giveUp(end: RelayEnd): void {
    this.#given = true
    this.#options.onEnd(end)
  }

  /** After how many milliseconds it is started again; null: never. */
  #died(status: string, killed: boolean): number | null {
    const { name, say, logFile, speaks } = this.#options
    const now = monotonicMs()
    const readyForMs = this.#readySince === null ? null : now - this.#readySince
    this.#runs = false
    this.#readySince = null
    this.#metrics.forget()
    if (this.#given || this.#options.isEnding()) return null
    const everReady = this.#everReady
    const { giveUp, ...deaths } = afterDeath(this.#deaths, { now, readyForMs, killed, everReady })
    this.#deaths = deaths
    if (giveUp && speaks) {
      say(`${name} ended (${status}) and is not started again; its log: ${logFile}`, 'error')
      const reason = everReady ? this.#describeDeaths(status, now) : `${name} does not start`
      this.#giveUp({ kind: 'failed', reason })
      return null
    }
    const { waitMs } = deaths
    say(
      `${name} ended (${status}) and is started again in ${waitMs} ms; its log: ${logFile}`,
      'warn',
    )
    return waitMs
  }

  #describeDeaths(status: string, now: Millis): string {
    const { byItself } = this.#deaths
    const span = describeDuration(now - (byItself[0] ?? now))
    return `${this.#options.name} ended by itself ${byItself.length} times within ${span}, the last time with ${status}`
  }
}
