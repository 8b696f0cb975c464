/**
 * The one place that may change what goes out: header fields that stay behind, and fields in front of the message. What changes
 * is known before the first byte is sent, so that MAIL says the true size (RFC 1870 §3), and only on the way out: the stored
 * message stays as it was accepted, and a bounce returns that.
 */
import { setImmediate as othersTurn } from 'node:timers/promises'
import { fieldNames, HeaderFilter } from '../mail/header-filter.ts'
import { ContentGone, CorruptContent } from '../store/protocol/reader.ts'
import type { EnvelopeView } from '../store/protocol/views.ts'
import { second, type Millis } from '../time/clock.ts'
import { orAbort } from '../time/within.ts'
import type { Pieces } from './client/mail.ts'
import type { DeliveryLog } from './delivery-log.ts'
import type { Heard } from './settlement.ts'

/**
 * Fields that are not for others: Bcc (RFC 5322 §3.6.3; as resent, §3.6.6) would name those to whom it is hidden, and Return-Path is
 * written where a message is delivered for good (RFC 5321 §4.4).
 */
const staysBehind = fieldNames('Bcc', 'Resent-Bcc', 'Return-Path')

/** A message as it would go out; `content` can be gone through more than once, always from the beginning. */
export interface OutgoingMessage {
  envelope: EnvelopeView
  content: Pieces
}

/**
 * Makes header fields for the front of a message, such as a signature over all of it: whole lines, each ended by CRLF; empty
 * for none. Called for each try of each job of a message. A throw, or no answer in time, is a temporary fault: the message
 * waits for its next try. `signal` aborts when nobody waits any more.
 */
export type FrontHeader = (message: OutgoingMessage, signal: AbortSignal) => Promise<Buffer>

/** Maximum wait for one of them; the host may be connected already, and waits five minutes (RFC 5321 §4.5.3.2.7). */
const longestMs = 30 * second

export interface FrontTools {
  /** In this order; each gets the message with the fields of those before it in front. Empty: nothing is changed. */
  frontHeaders: readonly FrontHeader[]
  log: DeliveryLog
}

export const noFront = Buffer.alloc(0)

/** The message without what stays behind; the same one where nothing does. Rejects where the content is damaged. */
export async function asItGoesOut(message: OutgoingMessage): Promise<OutgoingMessage> {
  const { envelope, content } = message
  const change = await changeOfSize(content)
  // A field is longer than the empty line that a header may get, so that something changes where the size does
  if (change === 0) return message
  return {
    envelope: { ...envelope, sizeBytes: envelope.sizeBytes + change },
    content: { [Symbol.asyncIterator]: () => withoutFields(content) },
  }
}

/** Reads no further than to the end of the header. */
async function changeOfSize(content: Pieces): Promise<number> {
  const filter = new HeaderFilter(staysBehind)
  let change = 0
  for await (const piece of content) {
    change += lengthOf(filter.pass(piece)) - piece.length
    if (filter.over) return change
    // A header may be as long as a message
    await othersTurn()
  }
  return change + lengthOf(filter.end())
}

const lengthOf = (pieces: readonly Buffer[]): number =>
  pieces.reduce((sum, { length }) => sum + length, 0)

async function* withoutFields(content: Pieces): AsyncGenerator<Buffer, void> {
  const filter = new HeaderFilter(staysBehind)
  for await (const piece of content) {
    // As few pieces as there were: each is written by itself
    const kept = filter.over ? piece : Buffer.concat(filter.pass(piece))
    if (kept.length > 0) yield kept
  }
  yield* filter.end()
}

/** @returns all fields for the front of the message, null where one could not be made. Rejects where the content is damaged */
export async function frontOf(
  message: OutgoingMessage,
  { frontHeaders, log }: FrontTools,
): Promise<Buffer | null> {
  let front = noFront
  try {
    for (const make of frontHeaders) {
      const content = inFront(front, message.content)
      const fields = await orAbort(longestMs, 'no answer', (signal) =>
        make({ ...message, content }, signal),
      )
      if (!areFields(fields)) throw new Error('what goes in front of a message is no header')
      front = Buffer.concat([fields, front])
    }
    return front
  } catch (error) {
    if (error instanceof CorruptContent || error instanceof ContentGone) throw error
    log.error({ err: error, id: message.envelope.id }, 'a header could not be made')
    return null
  }
}

/** The content with fields in front of it. */
export function inFront(front: Buffer, content: Pieces): Pieces {
  if (front.length === 0) return content
  if (Array.isArray(content)) return [front, ...(content as readonly Buffer[])]
  return {
    async *[Symbol.asyncIterator]() {
      yield front
      yield* content
    },
  }
}

/** What came of a try for which no header could be made: all wait, and no host is to blame. */
export function notPrepared({ recipients }: EnvelopeView, startedAt: Millis): Heard {
  const text = 'internal error while the message was prepared for sending'
  const reply = { code: 451, enhanced: '4.3.0', text } // RFC 3463 §3.4
  const nowhere = { host: null, address: null, tls: null, dialogue: null }
  return {
    findings: recipients.map(() => ({ kind: 'temporary', reply, host: null })),
    attempts: [
      {
        ...nowhere,
        ...reply,
        startedAt,
        durationMs: 0,
        connectMs: 0,
        recipients: [...recipients.keys()],
      },
    ],
    passedOn: false,
  }
}

/** RFC 5322 §2.2: lines that begin a field or go on with one. A blank line would make the rest of the header text. */
const fieldLines = /^(?:[!-9;-~]+:[^\r\n\0]*\r\n(?:[ \t][^\r\n\0]*\r\n)*)*$/
const areFields = (bytes: Buffer): boolean => fieldLines.test(bytes.toString('latin1'))
