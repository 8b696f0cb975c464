import type { Socket } from 'node:net'
import { setImmediate as othersTurn } from 'node:timers/promises'
import { second } from '../../time/clock.ts'
import { quoted } from './quoted.ts'
import { closedByUs, ConnectionLost, EndedByHost, toConnectionLost } from './connection-lost.ts'
import type { Deadlines, Deadline } from './deadlines.ts'
import { noExtensions, type Extensions } from './extensions.ts'
import { leave } from './leave.ts'
import { describeEarly, OutOfTurn } from './out-of-turn.ts'
import type { RemoteEnd } from './remote-end.ts'
import { ReplyReader, type RemoteReply, type Expecting } from './reply-reader.ts'
import type { Watch } from './watch.ts'

/** For the rest of a verdict, whose first line has the code; and for what is still waited for after a 421. */
const restMs = 10 * second
/** A connection that has carried a message may have died without a sign of it: a new one is better than a long wait. */
const reusedMs = 30 * second

/**
 * One SMTP conversation over a socket: commands out, replies in, in step. It knows how replies come and when waiting
 * ends, nothing of what is said. When it is lost for whatever cause, `closed` is true and everything said to it fails.
 * What a host sends beyond the limits here and in the reply reader ends it.
 */
export class SmtpConnection {
  readonly remote: RemoteEnd
  readonly tls: string | null
  extensions: Extensions = noExtensions
  /** Transactions begun on it. */
  messages = 0
  /** The next transaction must be cleared of what is left of the last one. */
  needsReset = false
  /** Nothing that is waited for may come later, on the time of the deadlines. */
  limit = Infinity
  /** Set while it lies in the pool; called when it is lost there. */
  onLost: (() => void) | null = null
  watch: Watch | null = null
  /** The host offers STARTTLS, and the conversation is in the clear all the same: the handshake failed, or was declined. */
  clearDespiteOffer = false
  /** Told of the code of a reply that has begun, whenever more of it came: the rest may take its time. */
  onBegun: ((code: number) => void) | null = null
  readonly #socket: Socket
  readonly #deadlines: Deadlines
  readonly #reader = new ReplyReader()
  readonly #waiting: Deadline = {
    deadline: Infinity,
    expire: () => this.#lose(new ConnectionLost('timed out waiting for the host')),
  }
  #expecting: Expecting | null = null
  readonly #outOfTurn = new OutOfTurn()
  /** It is used again, and the host has not said a word since. */
  #isDoubtful = false
  #awaitsVerdict = false
  #wakeStream: (() => void) | null = null
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
    this.#awaitsVerdict = awaits
    this.#waiting.mustWait = awaits
  }

  get closed(): boolean {
    return this.#lost !== null
  }

  get endedByHost(): boolean {
    return this.#lost instanceof EndedByHost
  }

  /** What the host first sent against RFC 5321 §4.2, in words. Such a connection is not used for another message. */
  get oddity(): string | null {
    return this.#outOfTurn.oddity
  }

  /** A reply that came before it was asked for; only while a message's bytes are on their way can that be in order. */
  get earlyReply(): RemoteReply | null {
    return this.#outOfTurn.early
  }

  /**
   * Why a message must not be ended now: since its last reply the host has said something, and what it says next could
   * pass for the answer to the final dot. Null where it was silent.
   */
  get interruption(): string | null {
    const { interruption } = this.#outOfTurn
    return interruption ?? (this.#reader.unfinished ? 'spoke out of turn' : null)
  }

  /** The host has said what it offers: replies bring no lines any more. `inStep`: they are known to answer their commands. */
  introduced(inStep: boolean): void {
    this.#reader.keepsLines = false
    if (inStep) this.#reader.settleDoubt()
  }

  /** All that is waited for in it comes within `atMostMs`, however much trickles in. */
  beginTransaction(atMostMs: number): void {
    this.#isDoubtful = this.messages++ > 0
    this.limit = this.#deadlines.after(atMostMs)
    this.#reader.beginTransaction()
  }

  /** Writes, and waits for `count` replies within `timeoutMs`. Rejects with ConnectionLost only. */
  exchange(bytes: string | Buffer, count: number, timeoutMs: number): Promise<RemoteReply[]> {
    // Taken for an answer to this, it could pass for the host's word that it has the message
    const { early } = this.#outOfTurn
    if (early) this.#lose(new ConnectionLost(describeEarly(early)))
    if (!this.#lost) this.#socket.write(bytes)
    return this.replies(count, timeoutMs)
  }

  /** Waits for `count` replies to what was written before. */
  replies(count: number, timeoutMs: number): Promise<RemoteReply[]> {
    return new Promise((resolve, reject) => {
      const expecting = { count, timeoutMs, replies: [], resolve, reject }
      this.#expecting = expecting
      this.#waitAtMost(this.#isDoubtful ? Math.min(reusedMs, timeoutMs) : timeoutMs)
      this.#settle(expecting)
    })
  }

  /**
   * Writes pieces at the pace at which the host takes them, each within `pieceTimeoutMs`; after each of them other
   * connections have their turn. Ends early, with false, when the host says something meanwhile.
   */
  async stream(pieces: AsyncIterable<Buffer>, pieceTimeoutMs: number): Promise<boolean> {
    for await (const piece of pieces) {
      if (this.interruption !== null) return false
      if (this.#lost) throw this.#lost
      if (!this.#socket.write(piece)) {
        this.#waitAtMost(pieceTimeoutMs)
        await this.#drained()
        this.watch?.heard()
        this.#waiting.deadline = Infinity
      }
      // A write that is taken at once has drained before the event loop has turned
      await othersTurn()
    }
    return this.interruption === null
  }

  /** Takes the socket out, to go on with TLS on it. Throws ConnectionLost when bytes came that nobody asked for. */
  detach(): Socket {
    if (this.#lost) throw this.#lost
    if (this.interruption !== null || this.#outOfTurn.stray !== null) {
      throw new ConnectionLost('text before TLS began') // RFC 3207 §5: never carried over
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
    this.#lose(closedByUs, false)
  }

  /** Ends what is waited for, with this cause. */
  cut(cause: string): void {
    this.#lose(new ConnectionLost(cause))
  }

  destroy(): void {
    this.#lose(closedByUs)
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.onLost) {
      // RFC 5321 §3.8: an idle connection that speaks says 421
      this.#lose(new ConnectionLost('the host ended the idle connection'))
      return
    }
    for (const heard of this.#reader.push(bytes)) {
      if (heard.code === null) this.#takeStray(heard.text)
      else this.#take(heard)
      if (this.#lost) return
    }
    const { breach } = this.#reader
    if (breach !== null) this.#lose(new ConnectionLost(`the host sent ${breach}`))
    else if (this.#reader.unfinished) this.#onPartOfReply()
  }
  readonly #onError = (error: NodeJS.ErrnoException): void => {
    this.#lose(toConnectionLost(error))
  }
  readonly #onClose = (): void => {
    this.#lose(new EndedByHost('the host closed the connection'))
  }

  #take(reply: RemoteReply): void {
    this.watch?.heard()
    this.#outOfTurn.heard(reply)
    if (reply.contradictory && !this.#awaitsVerdict) {
      const { code, odd, lines } = reply
      const said = `${code} ${quoted(lines[0] ?? '')}, ${odd}`
      this.#lose(new ConnectionLost(`contradictory reply: ${said}`))
      return
    }
    const expecting = this.#expecting
    if (expecting) {
      expecting.replies.push(reply)
      if (this.#isDoubtful) this.#waitAtMost(expecting.timeoutMs)
      this.#isDoubtful = false
      if (reply.code === 421) this.#hurry() // RFC 5321 §3.8: it closes the connection
      this.#settle(expecting)
      return
    }
    this.#outOfTurn.takeEarly(reply)
    this.#wakeStream?.()
  }

  /** After a reply it may be what is left of it; where a reply must begin, what follows can't be trusted. */
  #takeStray(text: string): void {
    this.#outOfTurn.takeStray(text)
    if (text !== '' && this.#expecting?.replies.length === 0) {
      this.#lose(new ConnectionLost(`not a reply: ${quoted(text)}`))
    }
    // Not for an empty one: a message goes on at the pace at which the host takes it
    if (text !== '') this.#wakeStream?.()
  }

  #onPartOfReply(): void {
    this.#wakeStream?.()
    const begun = this.onBegun && this.#reader.begun
    if (begun) this.onBegun?.(begun.code)
    if (!this.#awaitsVerdict || !this.#expecting || !this.#reader.begun) return
    this.#waiting.mustWait = false
    this.#hurry()
  }

  #hurry(): void {
    this.#waiting.deadline = Math.min(this.#waiting.deadline, this.#deadlines.after(restMs))
  }

  #settle(expecting: Expecting): void {
    const done = expecting.replies.length >= expecting.count
    if (!done && !this.#lost) return
    this.#expecting = null
    this.#waiting.deadline = Infinity
    if (done) expecting.resolve(expecting.replies)
    else {
      const cause = this.#lost?.message ?? ''
      expecting.reject(new ConnectionLost(cause, expecting.replies, this.#reader.begun))
    }
  }

  #waitAtMost(timeoutMs: number): void {
    this.#waiting.deadline = Math.min(this.#deadlines.after(timeoutMs), this.limit)
  }

  /** Until the socket takes more, or the host says something: it may do so instead of reading on. */
  #drained(): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        this.#wakeStream = null
        this.#socket.off('drain', done)
        this.#socket.off('close', done)
        if (this.#lost && !this.#outOfTurn.early) reject(this.#lost)
        else resolve()
      }
      this.#wakeStream = done
      this.#socket.on('drain', done)
      this.#socket.on('close', done)
    })
  }

  #lose(cause: ConnectionLost, destroy = true): void {
    if (this.#lost) return
    this.#release(cause)
    this.#socket.on('error', () => undefined)
    if (destroy) this.#socket.destroy()
    else leave(this.#socket, this.#deadlines)
    this.onLost?.()
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
