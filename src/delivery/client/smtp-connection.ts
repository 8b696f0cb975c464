import type { Socket } from 'node:net'
import { monotonicMs } from '../../time/clock.ts'
import type { Deadlines, Waiting } from './deadlines.ts'
import { noExtensions, type Extensions } from './extensions.ts'
import { ProtocolError, ReplyReader, type RemoteReply } from './reply-reader.ts'

/** The conversation ended without the reply that was waited for. */
export class ConnectionLost extends Error {
  override name = 'ConnectionLost'
  /** The replies that did come, of those that were waited for. */
  readonly replies: readonly RemoteReply[]

  constructor(cause: string, replies: readonly RemoteReply[] = []) {
    super(cause)
    this.replies = replies
  }
}

interface Expecting {
  count: number
  replies: RemoteReply[]
  resolve: (replies: RemoteReply[]) => void
  reject: (error: ConnectionLost) => void
}

/** A host as it is connected to; `host` and `address` are what people are shown. */
export interface RemoteEnd {
  host: string
  address: string
}

/**
 * One SMTP conversation over a socket: commands out, replies in, in step. It knows how replies come and when waiting
 * ends, nothing of what is said. When it is lost for whatever cause, `closed` is true and everything said to it fails.
 */
export class SmtpConnection {
  readonly remote: RemoteEnd
  readonly tls: string | null
  extensions: Extensions = noExtensions
  /** Transactions begun on it. */
  messages = 0
  /** The next transaction must be cleared of what is left of the last one. */
  needsReset = false
  /** Nothing that is waited for may come later than this, on the monotonic clock, however much trickles in. */
  limit = Infinity
  /** Set while it lies in the pool; called when it is lost there. */
  onLost: (() => void) | null = null
  readonly #socket: Socket
  readonly #deadlines: Deadlines
  readonly #reader = new ReplyReader()
  readonly #waiting: Waiting = {
    deadline: Infinity,
    expire: () => this.#lose(new ConnectionLost('timed out waiting for the host')),
  }
  #expecting: Expecting | null = null
  #early: RemoteReply[] = []
  #lost: ConnectionLost | null = null

  constructor(socket: Socket, remote: RemoteEnd, tls: string | null, deadlines: Deadlines) {
    this.#socket = socket
    this.remote = remote
    this.tls = tls
    this.#deadlines = deadlines
    deadlines.add(this.#waiting)
    socket.setNoDelay(true)
    socket.on('data', this.#onData)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClose)
  }

  /** The host has the whole message: only it can say whose that is now. */
  set awaitsVerdict(awaits: boolean) {
    this.#waiting.mustWait = awaits
  }

  get closed(): boolean {
    return this.#lost !== null
  }

  /** A reply that came before it was asked for; only while a message's bytes are on their way can that be in order. */
  get earlyReply(): RemoteReply | null {
    return this.#early[0] ?? null
  }

  /** Writes, and waits for `count` replies within `timeoutMs`. Rejects with ConnectionLost only. */
  exchange(bytes: string | Buffer, count: number, timeoutMs: number): Promise<RemoteReply[]> {
    const [stray] = this.#early
    // Taken for an answer to this, it could pass for the host's word that it has the message
    if (stray) {
      this.#early = []
      this.#lose(new ConnectionLost(`spoke out of turn: ${stray.code} ${stray.text}`))
    }
    if (!this.#lost) this.#socket.write(bytes)
    return this.replies(count, timeoutMs)
  }

  /** Waits for `count` replies to what was written before. */
  replies(count: number, timeoutMs: number): Promise<RemoteReply[]> {
    return new Promise((resolve, reject) => {
      const expecting = { count, replies: this.#early, resolve, reject }
      this.#early = []
      this.#expecting = expecting
      this.#waitAtMost(timeoutMs)
      this.#settle(expecting)
    })
  }

  /**
   * Writes pieces at the pace at which the host takes them, each within `pieceTimeoutMs`. Ends early, with false, when
   * the host replies meanwhile.
   */
  async stream(pieces: Iterable<Buffer>, pieceTimeoutMs: number): Promise<boolean> {
    for (const piece of pieces) {
      if (this.#lost) throw this.#lost
      if (this.earlyReply) return false
      if (this.#socket.write(piece)) continue
      this.#waitAtMost(pieceTimeoutMs)
      await this.#drained()
      this.#waiting.deadline = Infinity
    }
    return this.earlyReply === null
  }

  /** Takes the socket out, to go on with TLS on it. Throws when bytes came that nobody asked for. */
  detach(): Socket {
    if (this.#lost) throw this.#lost
    if (this.#reader.unfinished || this.#early.length > 0) {
      throw new ProtocolError('text before TLS began') // RFC 3207 §5: never carried over
    }
    this.#release(new ConnectionLost('went on with TLS'))
    return this.#socket
  }

  /** Ends it in good manners. `onGone` is called when the host has nothing of it any more. */
  quit(onGone?: () => void): void {
    if (onGone) {
      if (this.#socket.closed) onGone()
      else this.#socket.once('close', onGone)
    }
    if (this.#lost) return
    this.#socket.end('QUIT\r\n')
    this.#socket.resume()
    this.#lose(new ConnectionLost('closed by us'), false)
  }

  destroy(): void {
    this.#lose(new ConnectionLost('closed by us'))
  }

  readonly #onData = (bytes: Buffer): void => {
    try {
      for (const reply of this.#reader.push(bytes)) this.#take(reply)
    } catch (error) {
      this.#lose(new ConnectionLost(error instanceof Error ? error.message : 'unreadable'))
    }
  }
  readonly #onError = (error: NodeJS.ErrnoException): void => {
    this.#lose(new ConnectionLost(describeSocketError(error)))
  }
  readonly #onClose = (): void => {
    this.#lose(new ConnectionLost('the host closed the connection'))
  }

  #take(reply: RemoteReply): void {
    const expecting = this.#expecting
    if (expecting) {
      expecting.replies.push(reply)
      this.#settle(expecting)
    } else if (this.onLost) {
      // RFC 5321 §3.8: an idle connection that speaks says 421
      this.#lose(new ConnectionLost('the host ended the idle connection'))
    } else {
      this.#early.push(reply)
    }
  }

  #settle(expecting: Expecting): void {
    const done = expecting.replies.length >= expecting.count
    if (!done && !this.#lost) return
    this.#expecting = null
    this.#waiting.deadline = Infinity
    if (done) expecting.resolve(expecting.replies)
    else expecting.reject(new ConnectionLost(this.#lost?.message ?? '', expecting.replies))
  }

  #waitAtMost(timeoutMs: number): void {
    this.#waiting.deadline = Math.min(monotonicMs() + timeoutMs, this.limit)
  }

  #drained(): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        this.#socket.off('drain', done)
        this.#socket.off('close', done)
        if (this.#lost) reject(this.#lost)
        else resolve()
      }
      this.#socket.on('drain', done)
      this.#socket.on('close', done)
    })
  }

  #lose(cause: ConnectionLost, destroy = true): void {
    if (this.#lost) return
    this.#release(cause)
    this.#socket.on('error', () => undefined)
    if (destroy) this.#socket.destroy()
    else this.#leave()
    this.onLost?.()
  }

  /** Gives the host a moment to let go, whatever it still says meanwhile. */
  #leave(): void {
    const socket = this.#socket
    const leaving = { deadline: monotonicMs() + quitTimeoutMs, expire: () => socket.destroy() }
    this.#deadlines.add(leaving)
    socket.once('close', () => this.#deadlines.remove(leaving))
  }

  #release(cause: ConnectionLost): void {
    this.#lost = cause
    this.#deadlines.remove(this.#waiting)
    this.#socket.off('data', this.#onData)
    this.#socket.off('error', this.#onError)
    this.#socket.off('close', this.#onClose)
    if (this.#expecting) this.#settle(this.#expecting)
  }
}

const quitTimeoutMs = 5000

/** The cause in words that belong in a queue listing: `connection refused`, not a stack. */
export function describeSocketError(error: NodeJS.ErrnoException): string {
  switch (error.code ?? '') {
    case 'ECONNREFUSED':
      return 'connection refused'
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the host reset the connection'
    case 'ETIMEDOUT':
      return 'connection timed out'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'host unreachable'
    case 'ENOTFOUND':
      return 'host name not found'
    case 'ENOENT':
      return 'nobody listens at the socket'
    default:
      return error.code ?? 'connection trouble'
  }
}
