/**
 * A store's population as a year of bulk mail leaves it: 50 accounts with tags and senders of their own, and
 * destinations of which the first few get most. Everything follows from a message's number, so that whoever looks for
 * something knows what is there, and which two common things never meet.
 */
import type { NewMessage } from '../../../src/words/message.ts'
import type { Outcome } from '../../../src/words/outcome.ts'
import type { RecipientKey } from '../../../src/words/keys.ts'
import { day, type Millis } from '../../../src/time/clock.ts'
import { newUlid } from '../../../src/time/ulid.ts'

const accounts = 50
const tagsPerAccount = 3

export const accountOf = (number: number): string => `account-${String(number % accounts)}`
export const tagOf = (number: number): string =>
  `tag-${String(number % accounts)}-${String(Math.floor(number / accounts) % tagsPerAccount)}`
export const senderOf = (number: number): string =>
  `news@customer-${String(number % accounts)}.example`
export const messageIdOf = (number: number): string => `<${String(number)}@made.example>`

/** Where the population's mail goes. */
export interface Population {
  destinationOf: (number: number) => string
  addressOf: (number: number) => string
  makeMessage: (number: number, route: string, sizeBytes: number, now: Millis) => NewMessage
}

/** A third of all mail goes to ten destinations, the rest is spread evenly over that many. */
export function populationOver(destinations: number): Population {
  const destinationOf = (number: number): string => {
    const spot = (number * 7919) % 3 === 0 ? number % 10 : (number * 31) % destinations
    return `dest-${String(spot)}.example`
  }
  const addressOf = (number: number): string => `reader-${String(number)}@${destinationOf(number)}`
  return {
    destinationOf,
    addressOf,
    makeMessage: (number, route, sizeBytes, now) => ({
      id: newUlid(now),
      submitter: { kind: 'account', id: accountOf(number) },
      sender: senderOf(number),
      route,
      sizeBytes,
      messageIdHeader: messageIdOf(number),
      subject: `Newsletter ${String(number)}`,
      tag: tagOf(number),
      lifetimeMs: 30 * day,
      esmtp: {},
      recipients: [{ address: addressOf(number), destination: destinationOf(number) }],
    }),
  }
}

const reply = (code: number, enhanced: string, text: string) => ({
  code,
  enhanced,
  text,
  host: 'mx.dest.example',
})

/** Of a hundred, ninety-six arrive, three bounce, one expires. */
export function settledOutcome(number: number, recipient: RecipientKey): Outcome {
  const spot = number % 100
  if (spot < 96) return { recipient, kind: 'delivered', reply: reply(250, '2.0.0', 'queued') }
  if (spot < 99) return { recipient, kind: 'bounced', reply: reply(550, '5.1.1', 'no such user') }
  return { recipient, kind: 'expired', reply: reply(451, '4.3.0', 'try again later') }
}

export const deferredOutcome = (recipient: RecipientKey, dueAt: Millis): Outcome => ({
  recipient,
  kind: 'deferred',
  dueAt,
  reply: reply(451, '4.7.1', 'greylisted'),
})
