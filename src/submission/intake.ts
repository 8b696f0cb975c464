import { DataDecoder } from '../mail/data-decoder.ts'
import { fieldNames, HeaderFilter } from '../mail/header-filter.ts'
import { headerLookBytes, lookAtHeader, type HeaderFacts } from '../mail/header-look.ts'
import { LineEndNormalizer } from '../mail/line-ends.ts'
import type { Refusal } from '../mail/refusal.ts'
import { isDiskFull } from '../store/protocol/answers.ts'
import { chunkBytes } from '../store/protocol/commands.ts'
import type { ContentRules } from './content-rules.ts'
import type { IntakeMemory } from './intake-memory.ts'
import {
  mailLoop,
  storeFull,
  storeSlow,
  storeUnavailable,
  strayOctets,
  tooLarge,
} from './replies.ts'
import type { Principal } from '../words/principal.ts'
import type { StorePort } from './store-port.ts'

/** RFC 5321 §6.3 says to count them, and no number. Nobody's mail has passed 50 relays. */
const loopAt = 50

/** Pieces on their way to the store at which the client is made to wait. */
const piecesAhead = 2

/** The sender's fields all stay. */
const noneLeftOut = fieldNames()

/** What is left to hand over with the accepting command. */
export interface Taken {
  /** null where all bytes are in `rest`. */
  upload: number | null
  rest: Buffer
  /** All bytes that are stored, our Received line among them. */
  sizeBytes: number
  header: HeaderFacts
  /** Whether the sender's octets are not all ASCII. */
  has8bit: boolean
}

/** The source of the bytes, for as long as the store is slower than the client. */
export interface Source {
  pause(): void
  resume(): void
}

export interface IntakeOptions {
  /** Whose message it is. */
  by: Principal
  received: Buffer
  maxBytes: number
  /** A bare LF is a line end, and stored as CRLF; else it refuses the message. */
  normalizesLineEnds?: boolean
  /** For this message alone. */
  rules: ContentRules
  source: Source
  /** Of all intakes together. */
  memory: IntakeMemory
  /** How long a client may wait for the store to take what it sent. */
  patienceMs: number
}

/**
 * The octets of one message on their way to the store: decoded, measured, and sent ahead in pieces while DATA still
 * arrives, so that memory holds a few pieces of a message and not all of it. Where the store is slower than the client,
 * the client has to wait, and is refused when it has waited too long. A refusal drops what follows and is said after the
 * final dot.
 */
export class Intake {
  readonly #store: StorePort
  readonly #epoch: number
  readonly #options: IntakeOptions
  readonly #decoder: DataDecoder | LineEndNormalizer
  /** The sender's first line must not go on with our Received line, nor his text with his header. */
  readonly #head = new HeaderFilter(noneLeftOut)
  readonly #refused = Promise.withResolvers<undefined>()
  #pieces: Buffer[]
  #held: number
  #sent = 0
  #upload: number | null = null
  #ahead = 0
  #sending: Promise<void> | null = null
  #header: HeaderFacts | null = null
  #refusal: Refusal | null = null
  #given = false
  #waitsForRoom = false
  #paused = false
  #deadline: NodeJS.Timeout | null = null

  constructor(store: StorePort, options: IntakeOptions) {
    this.#store = store
    this.#epoch = store.epoch
    this.#options = options
    this.#decoder = options.normalizesLineEnds ? new LineEndNormalizer() : new DataDecoder()
    this.#pieces = [options.received]
    this.#held = options.received.length
    options.memory.hold(options.by, this.#held)
  }

  /** Takes what the client sent; says where in it commands go on, once the message has ended. */
  take(bytes: Buffer): number | null {
    const { maxBytes } = this.#options
    const { pieces, end } = this.#decoder.decode(bytes)
    if (this.#refusal) return end
    const { fault } = this.#decoder
    if (fault) this.#refuse(strayOctets(fault))
    else if (this.#decoder.size > maxBytes) this.#refuse(tooLarge(maxBytes))
    else if (pieces[0]) {
      // Each stuffed dot begins a piece, and a piece of two octets takes a hundred of memory that nobody counts
      const piece = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)
      const refusal = this.#options.rules.look(piece)
      if (refusal) {
        this.#refuse(refusal)
        return end
      }
      this.#hold(this.#head.pass(piece))
      // No piece is smaller than the look at the header
      if (this.#held > headerLookBytes && this.#held > this.#pieceBytes) this.#sendAhead()
    }
    return end
  }

  /** Octets that the client sent so far, stuffed dots left out. */
  get receivedBytes(): number {
    return this.#decoder.size
  }

  /** Whether a bare LF was among them. */
  get hasBareLf(): boolean {
    return this.#decoder.has('LF')
  }

  /** All of it, once the pieces that were sent ahead are kept; or why the message is refused. */
  async finish(): Promise<Taken | Refusal> {
    this.#stopWaiting()
    if (this.#sending) {
      this.#startDeadline()
      await Promise.race([this.#sending, this.#refused.promise])
    }
    this.#stopDeadline()
    if (!this.#refusal) this.#hold(this.#head.end())
    const rest = Buffer.concat(this.#pieces, this.#held)
    this.#pieces = [rest]
    this.#header ??= lookAtHeader(rest)
    // One of them is ours.
    if (this.#header.received - 1 >= loopAt) this.#refuse(mailLoop)
    if (this.#store.epoch !== this.#epoch) this.#refuse(storeUnavailable)
    if (this.#refusal) return this.#refusal
    this.#given = true
    const { has8bit } = this.#options.rules
    const sizeBytes = this.#sent + this.#held
    return { upload: this.#upload, rest, sizeBytes, header: this.#header, has8bit }
  }

  /**
   * The transaction is over. Has the store drop what it was sent, unless that was given to a command that accepts it.
   */
  abandon(): void {
    if (this.#given) this.#release()
    else this.#refuse(storeUnavailable)
  }

  #release(): void {
    this.#options.memory.hold(this.#options.by, -this.#held)
    this.#pieces = []
    this.#held = 0
  }

  #hold(pieces: readonly Buffer[]): void {
    for (const piece of pieces) {
      this.#pieces.push(piece)
      this.#held += piece.length
      this.#options.memory.hold(this.#options.by, piece.length)
    }
  }

  get #isShort(): boolean {
    return this.#options.memory.isShort(this.#options.by)
  }

  /** Smaller while memory is short, but never too small for a look at the header. */
  get #pieceBytes(): number {
    return this.#isShort ? headerLookBytes : chunkBytes
  }

  #refuse(reply: Refusal): void {
    this.#refusal ??= reply
    this.#refused.resolve(undefined)
    this.#release()
    this.#stopWaiting()
    this.#stopDeadline()
    // What still comes is dropped.
    this.#pace()
    const dropped = (this.#sending ?? Promise.resolve()).then(async () => {
      const upload = this.#upload
      this.#upload = null
      if (upload !== null && this.#store.epoch === this.#epoch) {
        await this.#store.as(this.#options.by).send({ kind: 'abandon', upload })
      }
    })
    // What the store did not hear, it sweeps.
    dropped.catch(() => undefined)
  }

  /** Makes the client wait while it is ahead of the store, and lets it go on. */
  #pace(): void {
    const most = this.#isShort ? 1 : piecesAhead
    const mustWait = !this.#refusal && (this.#waitsForRoom || this.#ahead >= most)
    if (mustWait === this.#paused) return
    this.#paused = mustWait
    if (mustWait) {
      this.#startDeadline()
      this.#options.source.pause()
    } else {
      this.#stopDeadline()
      this.#options.source.resume()
    }
  }

  #startDeadline(): void {
    this.#deadline ??= setTimeout(() => this.#refuse(storeSlow), this.#options.patienceMs)
  }

  #stopDeadline(): void {
    if (this.#deadline) clearTimeout(this.#deadline)
    this.#deadline = null
  }

  readonly #proceed = (): void => {
    this.#waitsForRoom = false
    this.#sendAhead()
  }

  #stopWaiting(): void {
    this.#waitsForRoom = false
    this.#options.memory.stopWaiting(this.#options.by, this.#proceed)
  }

  #sendAhead(): void {
    const { by, memory } = this.#options
    if (!memory.hasRoom) {
      this.#waitsForRoom = true
      memory.wait(by, this.#proceed)
      this.#pace()
      return
    }
    const all = Buffer.concat(this.#pieces, this.#held)
    this.#header ??= lookAtHeader(all.subarray(0, headerLookBytes))
    const pieceBytes = this.#pieceBytes
    let at = 0
    while (all.length - at > pieceBytes) {
      const whole = Math.floor((all.length - at - 1) / pieceBytes) * pieceBytes
      // What waited for its turn goes in one piece: several would go one after the other's answer
      const piece = all.subarray(at, at + Math.min(whole, chunkBytes))
      at += piece.length
      this.#sent += piece.length
      memory.send(piece.length)
      this.#ahead++
      this.#sending = (this.#sending ?? Promise.resolve()).then(() => this.#sendPiece(piece))
    }
    const rest = all.subarray(at)
    this.#pieces = [rest]
    this.#held = rest.length
    this.#pace()
  }

  /** Keeps no reference to the piece once it was sent: the way to the store has a copy. */
  #sendPiece(piece: Buffer): Promise<void> {
    const { length } = piece
    return this.#handOver(piece)
      .catch(() => this.#refuse(storeUnavailable))
      .then(() => {
        this.#ahead--
        this.#options.memory.answered(this.#options.by, length)
        this.#pace()
      })
  }

  #handOver(piece: Buffer): Promise<void> {
    if (this.#refusal) return Promise.resolve()
    // An upload's number means another one after the store was away.
    if (this.#store.epoch !== this.#epoch) {
      this.#refuse(storeUnavailable)
      return Promise.resolve()
    }
    const port = this.#store.as(this.#options.by)
    return port.send({ kind: 'chunk', upload: this.#upload }, piece).then((answer) => {
      if (answer.kind === 'chunk') this.#upload = answer.upload
      else this.#refuse(isDiskFull(answer) ? storeFull : storeUnavailable)
    })
  }
}
