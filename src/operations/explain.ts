import type { Millis } from '../time/clock.ts'
import { describeDuration } from '../time/duration.ts'
import type { Message, Recipient } from './message-resource.ts'

/** What some recipients of a message wait for and when they go on, or how they ended: one sentence for all of them. */
export interface Explanation {
  addresses: string[]
  sentence: string
}

/** Says it for every shown recipient; those of whom the same is to be said come together, in their order. */
export function explain(message: Message, now: Millis): Explanation[] {
  const groups = new Map<string, string[]>()
  for (const recipient of message.recipients) {
    const sentence = sentenceOf(recipient, message.route, now)
    const addresses = groups.get(sentence)
    if (addresses) addresses.push(recipient.address)
    else groups.set(sentence, [recipient.address])
  }
  return [...groups].map(([sentence, addresses]) => ({ addresses, sentence }))
}

function sentenceOf(recipient: Recipient, route: string, now: Millis): string {
  const { status, destination } = recipient
  const reply = describeReply(recipient)
  const since = recipient.settled_at === null ? '' : ` ${ago(recipient.settled_at, now)}`
  const way = route === 'sandbox' ? 'the sandbox' : route === 'mx' ? destination : route
  switch (status) {
    case 'queued':
      return `due now, waiting for a free connection to ${way}${reply && `, after ${reply}`}.`
    case 'in_flight':
      return `being sent to ${way} right now.`
    case 'deferred':
      return `${waitsUntil(recipient.due_at, now)}${reply && `, because ${reply}`}; ${givenUp(recipient, now)}.`
    case 'held':
      return `held ${describeHolds(recipient, now)}.`
    case 'parked':
      return `over a sending limit, going on by itself ${at(recipient.due_at, now)}.`
    case 'delivered':
      return route === 'sandbox'
        ? `swallowed by the sandbox${since}: nothing left.`
        : `delivered${since}${reply && `: ${reply}`}.`
    case 'bounced':
      return `refused for good${since}${reply && `: ${reply}`}.`
    case 'expired':
      return `given up${since}, as the time was over${reply && `; the last word was: ${reply}`}.`
    case 'cancelled':
      return `purged${since}.`
    case 'suppressed':
      return `not tried, as the address is suppressed${reply && `: ${reply}`}.`
  }
}

const waitsUntil = (dueAt: string | null, now: Millis): string =>
  dueAt !== null && Date.parse(dueAt) <= now
    ? 'due again now'
    : `waiting for the next try ${at(dueAt, now)}`

const givenUp = ({ expires_at }: Recipient, now: Millis): string =>
  Date.parse(expires_at) <= now ? 'given up after it' : `given up ${at(expires_at, now)}`

/** `mx.test said "451 4.7.1 Try later" 2 min ago`; without a host it is our own finding. Empty: nobody has said anything. */
function describeReply({ last_reply: reply }: Recipient): string {
  if (!reply) return ''
  const said = [reply.code, reply.enhanced, reply.text].filter((part) => part !== null).join(' ')
  return `${reply.host ?? 'Sluice'} said "${said}"`
}

function describeHolds({ holds }: Recipient, now: Millis): string {
  const each = holds.map(({ party, scope, reason, until }) => {
    const what = scope === 'recipients' ? '' : ` (${scope})`
    const why = reason === null ? '' : `, "${reason}"`
    const end = until === null ? 'until released' : `going on by itself ${at(until, now)}`
    return `by ${parties[party]}${what}${why}, ${end}`
  })
  return each.join('; and ') || 'until released'
}

const parties: Readonly<Record<Recipient['holds'][number]['party'], string>> = {
  customer: 'the customer',
  operator: 'the operator',
  abuse: 'the abuse guard',
  restore: 'the store',
}

/** `in 4 min (2026-11-22 07:30 UTC)` */
function at(time: string | null, now: Millis): string {
  if (time === null) return 'at a time not known yet'
  const wait = Math.max(0, Date.parse(time) - now)
  return `in ${describeDuration(wait)} (${time.slice(0, 16).replace('T', ' ')} UTC)`
}

const ago = (time: string, now: Millis): string =>
  `${describeDuration(Math.max(0, now - Date.parse(time)))} ago`

/** The same in a few words, for a table: of the first recipient that is still open, or else of the first. */
export function explainBriefly(message: Message, now: Millis): string {
  const recipient =
    message.recipients.find(({ settled_at }) => settled_at === null) ?? message.recipients[0]
  if (!recipient) return ''
  const said = recipient.last_reply
  const reply = said
    ? [said.code, said.enhanced, said.text].filter((part) => part !== null).join(' ')
    : ''
  const dueIn = recipient.due_at === null ? 0 : Date.parse(recipient.due_at) - now
  switch (recipient.status) {
    case 'queued':
      return 'due now'
    case 'in_flight':
      return 'being sent'
    case 'deferred':
      return `next try ${dueIn > 0 ? `in ${describeDuration(dueIn)}` : 'now'}${reply && `: ${reply}`}`
    case 'parked':
      return `over a limit, goes on in ${describeDuration(Math.max(0, dueIn))}`
    case 'held':
      return recipient.holds[0]?.reason ?? `by ${recipient.holds[0]?.party ?? 'the customer'}`
    case 'delivered':
      return message.route === 'sandbox' ? 'swallowed by the sandbox' : reply
    case 'bounced':
    case 'expired':
    case 'cancelled':
    case 'suppressed':
      return reply
  }
}
