import { DataDecoder } from '../mail/data-decoder.ts'
import { headerLookBytes, lookAtHeader, type HeaderFacts } from '../mail/header-look.ts'
import type { Reply } from '../mail/reply.ts'
import { chunkBytes } from '../store/protocol/commands.ts'
import { mailLoop, storeFull, storeUnavailable, strayOctets, tooLarge } from './replies.ts'
import type { StorePort } from './store-port.ts'

/** RFC 5321 §6.3 says to count them, and no number. Nobody's mail has passed 50 relays. */
const loopAt = 50

/** Pieces on their way to the store at which the client is made to wait. */
const piecesAhead = 2

/** What is left to hand over with the accepting command. */
export interface Taken {
  /** null where all bytes are in `rest`. */
  upload: number | null
  rest: Buffer
  /** All bytes that are stored, our Received line among them. */
  sizeBytes: number
  header: HeaderFacts
}

/** The source of the bytes, for as long as the store is slower than the client. */
export interface Source {
  pause(): void
  resume(): void
}

/**
 * The octets of one message on their way to the store: decoded, measured, and sent ahead in pieces while DATA still
 * arrives, so that memory holds a few pieces of a message and not all of it. A refusal drops what follows and is said
 * after the final dot.
 */
export class Intake {
  readonly #store: StorePort
  readonly #epoch: number
  readonly #maxBytes: number
  readonly #source: Source
  readonly #decoder = new DataDecoder()
  #pieces: Buffer[]
  #held: number
  #sent = 0
  #upload: number | null = null
  #ahead = 0
  #sending: Promise<void> | null = null
  #header: HeaderFacts | null = null
  #refusal: Reply | null = null
  #given = false

  constructor(store: StorePort, options: { received: Buffer; maxBytes: number; source: Source }) {
    this.#store = store
    this.#epoch = store.epoch
    this.#maxBytes = options.maxBytes
    this.#source = options.source
    this.#pieces = [options.received]
    this.#held = options.received.length
  }

  /** Takes what the client sent; says where in it commands go on, once the message has ended. */
  take(bytes: Buffer): number | null {
    const { pieces, end } = this.#decoder.decode(bytes)
    if (this.#refusal) return end
    if (this.#decoder.stray) this.#refuse(strayOctets)
    else if (this.#decoder.size > this.#maxBytes) this.#refuse(tooLarge(this.#maxBytes))
    else {
      for (const piece of pieces) {
        this.#pieces.push(piece)
        this.#held += piece.length
      }
      if (this.#held > chunkBytes) this.#sendAhead()
    }
    return end
  }

  /** All of it, once the pieces that were sent ahead are kept; or why the message is refused. */
  async finish(): Promise<Taken | Reply> {
    if (this.#sending) await this.#sending
    const rest = Buffer.concat(this.#pieces, this.#held)
    this.#header ??= lookAtHeader(rest)
    // One of them is ours.
    if (this.#header.received - 1 >= loopAt) this.#refuse(mailLoop)
    if (this.#store.epoch !== this.#epoch) this.#refuse(storeUnavailable)
    if (this.#refusal) return this.#refusal
    this.#given = true
    return { upload: this.#upload, rest, sizeBytes: this.#sent + this.#held, header: this.#header }
  }

  /** Has the store drop what it was sent; nothing, once it was given to a command that accepts it. */
  abandon(): void {
    if (!this.#given) this.#refuse(storeUnavailable)
  }

  #refuse(reply: Reply): void {
    this.#refusal ??= reply
    this.#pieces = []
    this.#held = 0
    const dropped = (this.#sending ?? Promise.resolve()).then(async () => {
      const upload = this.#upload
      this.#upload = null
      if (upload !== null && this.#store.epoch === this.#epoch) {
        await this.#store.send({ kind: 'abandon', upload })
      }
    })
    // What the store did not hear, it sweeps.
    dropped.catch(() => undefined)
  }

  #sendAhead(): void {
    const all = Buffer.concat(this.#pieces, this.#held)
    this.#header ??= lookAtHeader(all.subarray(0, headerLookBytes))
    let at = 0
    for (; all.length - at > chunkBytes; at += chunkBytes) {
      const piece = all.subarray(at, at + chunkBytes)
      this.#sent += piece.length
      if (++this.#ahead === piecesAhead) this.#source.pause()
      this.#sending = (this.#sending ?? Promise.resolve()).then(() => this.#sendPiece(piece))
    }
    const rest = all.subarray(at)
    this.#pieces = [rest]
    this.#held = rest.length
  }

  async #sendPiece(piece: Buffer): Promise<void> {
    try {
      if (this.#refusal) return
      // An upload's number means another one after the store was away.
      if (this.#store.epoch !== this.#epoch) {
        this.#refuse(storeUnavailable)
        return
      }
      const answer = await this.#store.send({ kind: 'chunk', upload: this.#upload }, piece)
      if (answer.kind === 'chunk') this.#upload = answer.upload
      else this.#refuse(answer.kind === 'refused-full' ? storeFull : storeUnavailable)
    } catch {
      this.#refuse(storeUnavailable)
    } finally {
      if (this.#ahead-- === piecesAhead) this.#source.resume()
    }
  }
}
