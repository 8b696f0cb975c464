import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { wantsNotices } from '../config/systemd.ts'
import type { Readiness } from '../operations/readiness.ts'
import { minute, monotonicMs, type Millis } from '../time/clock.ts'
import { beatEveryMs } from './heartbeat.ts'
import type { Say } from './voice.ts'

/** By how much the time for a start is extended while it waits for Redis; extended again before it is over. */
const extensionMs = 2 * minute

/**
 * Notifies systemd (`Type=notify`), where it started us: READY=1 once mail is accepted and delivered, STATUS= with what is
 * wrong then and later, STOPPING=1 when an orderly end begins. A start that waits for Redis never times out: mail is accepted.
 */
export class ServiceNotices {
  readonly #look: () => Pick<Readiness, 'status' | 'detail'>
  readonly #say: Say
  #timer: NodeJS.Timeout | undefined
  #isReady = false
  #status = ''
  #extendAt: Millis = 0
  #underWay: Promise<void> | null = null

  /** `look`: how the relay is at this moment. */
  constructor(look: () => Pick<Readiness, 'status' | 'detail'>, say: Say) {
    this.#look = look
    this.#say = say
  }

  /** All processes are started. */
  begin(): void {
    if (!wantsNotices()) return
    this.#notify()
    this.#timer = setInterval(() => this.#notify(), beatEveryMs)
  }

  /** `isFinal`: no start follows. */
  stop({ isFinal }: { isFinal: boolean }): void {
    clearInterval(this.#timer)
    if (wantsNotices() && isFinal) this.#send(['STOPPING=1'])
  }

  #notify(): void {
    // One after the other, so that they arrive in order; a change in between is noticed at the next look
    if (this.#underWay) return
    const { status, detail } = this.#look()
    const notice: string[] = []
    if (!this.#isReady && status === 'ok') {
      this.#isReady = true
      notice.push('READY=1')
    }
    if (detail !== this.#status) notice.push(`STATUS=${detail}`)
    this.#status = detail
    if (!this.#isReady && monotonicMs() >= this.#extendAt) {
      this.#extendAt = monotonicMs() + extensionMs / 2
      notice.push(`EXTEND_TIMEOUT_USEC=${extensionMs * 1000}`)
    }
    if (notice.length > 0) this.#send(notice)
  }

  #send(notice: readonly string[]): void {
    const before = this.#underWay ?? Promise.resolve()
    const sent = before.then(() => send(notice, this.#say))
    this.#underWay = sent
    void sent.then(() => {
      if (this.#underWay === sent) this.#underWay = null
    })
  }
}

/** Node has no datagram sockets of the unix kind, so systemd's own program sends it. Resolves when that has ended. */
async function send(notice: readonly string[], say: Say): Promise<void> {
  const failed = (why: string): void =>
    say(`systemd was not notified of ${notice.join(' ')}: ${why}`, 'warn')
  try {
    const program = spawn('systemd-notify', notice, { stdio: 'ignore' })
    const [status] = (await once(program, 'exit')) as [number | null]
    if (status !== 0) failed(`systemd-notify ended with ${status}`)
  } catch (error) {
    failed(error instanceof Error ? error.message : String(error))
  }
}
