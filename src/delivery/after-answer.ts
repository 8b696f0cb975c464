import { asciiLine } from '../mail/safe-text.ts'
import type { AnswerTo } from '../store/protocol/answers.ts'
import type { SettleCommand } from '../store/protocol/commands.ts'
import { second, type Millis } from '../time/clock.ts'
import type { LastReply } from '../words/outcome.ts'

/** How an outcome was offered to the store: in which form, and how often the store answered a fault to that form. */
export interface Offer {
  readonly form: 'whole' | 'reduced'
  readonly faults: number
}

export const firstOffer: Offer = { form: 'whole', faults: 0 }

/** What follows the store's answer to an outcome. */
export type NextStep =
  | { do: 'done' }
  /** The message is not there any more. */
  | { do: 'forget' }
  | { do: 'await-store' }
  | { do: 'offer'; offer: Offer; afterMs: Millis }
  /** It can't be recorded in any form: the message must not be sent again by itself. */
  | { do: 'hold' }

/** Each form is offered so often. */
const offersPerForm = 3
const firstWaitMs = second

/**
 * What was delivered and isn't written down would be sent again, so a fault is met with patience first, then with less to
 * write, then with a hold; never without end.
 */
export function afterAnswer(answer: AnswerTo<SettleCommand>, offer: Offer): NextStep {
  switch (answer.kind) {
    case 'ok':
      return { do: 'done' }
    case 'unavailable':
      // A full disk passes, and what was sent makes room on it
      return answer.cause === 'store away'
        ? { do: 'await-store' }
        : { do: 'offer', offer, afterMs: firstWaitMs }
    case 'fault':
      return afterFault(offer)
    case 'refused':
      switch (answer.reason) {
        case 'unknown message':
          return { do: 'forget' }
        case 'session not open':
          return afterFault(offer)
        case 'too large':
          return offer.form === 'whole' ? reduced : { do: 'hold' }
        case 'recipient of another message':
          return { do: 'hold' }
      }
  }
}

const reduced: NextStep = { do: 'offer', offer: { form: 'reduced', faults: 0 }, afterMs: 0 }

function afterFault({ form, faults }: Offer): NextStep {
  const offer = { form, faults: faults + 1 }
  if (offer.faults < offersPerForm) {
    return { do: 'offer', offer, afterMs: firstWaitMs * 2 ** faults }
  }
  return form === 'whole' ? reduced : { do: 'hold' }
}

type Unnumbered = Omit<SettleCommand, 'session'>

/** The outcomes and nothing else: no attempts, no bounce message, and of the replies what any store can take. */
export const reducedForm = ({ kind, message, outcomes }: Unnumbered): Unnumbered => ({
  kind,
  message,
  attempts: [],
  outcomes: outcomes.map((outcome) => ({ ...outcome, reply: plain(outcome.reply) })),
  dsn: null,
})

const longestText = 200

const plain = ({ code, enhanced, text, host }: LastReply): LastReply => ({
  code: Number.isInteger(code) ? code : null,
  enhanced: plainText(enhanced),
  text: plainText(text) ?? '',
  host: plainText(host),
})

const plainText = (text: unknown): string | null =>
  typeof text === 'string' ? asciiLine(text).slice(0, longestText) : null
