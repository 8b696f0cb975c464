import type { Status } from '../words/status.ts'
import { minute, rfc3339, second, type Millis } from '../time/clock.ts'
import { describeDuration } from '../time/duration.ts'
import type { Message, Recipient } from './message-resource.ts'

/** What some recipients of a message wait for and when they go on, or how they ended: one sentence for all of them. */
export interface Explanation {
  /** Empty for recipients of whom the message only shows the number. */
  addresses: string[]
  recipients: number
  sentence: string
}

/**
 * Explains every shown recipient; recipients with the same explanation share one sentence, where their times are within a
 * minute of each other. For recipients that are not shown it says how many there are of each status.
 */
export function explain(message: Message, now: Millis): Explanation[] {
  const said = groupsOf(message.recipients).map((group) => ({
    addresses: group.map(({ address }) => address),
    recipients: group.length,
    sentence: sentenceOf(group, message.route, now),
  }))
  const rest = message.recipient_count - message.recipients.length
  if (rest <= 0) return said
  return [...said, { addresses: [], recipients: rest, sentence: sentenceOfRest(message) }]
}

/** At least one recipient; all have the same explanation. */
type Group = readonly [Recipient, ...Recipient[]]

function groupsOf(recipients: readonly Recipient[]): Group[] {
  const groups: [Recipient, ...Recipient[]][] = []
  const alike = new Map<string, [Recipient, ...Recipient[]][]>()
  for (const recipient of recipients) {
    const key = likeness(recipient)
    const known = alike.get(key) ?? []
    const group = known.find(([first]) => Math.abs(timeOf(first) - timeOf(recipient)) < minute)
    if (group) group.push(recipient)
    else {
      const own: [Recipient, ...Recipient[]] = [recipient]
      known.push(own)
      groups.push(own)
    }
    alike.set(key, known)
  }
  return groups
}

/** Everything that the sentence depends on, except times, and except host names: the hosts of a provider answer alike. */
const likeness = (recipient: Recipient): string =>
  JSON.stringify([
    recipient.status,
    repliedText(recipient),
    recipient.last_reply?.host === null,
    recipient.holds.map(({ party, scope, reason, until }) => [party, scope, reason, until]),
    recipient.blocked_by && [recipient.blocked_by.kind, recipient.blocked_by.cause],
    recipient.purge_requested,
  ])

/** The moment that the sentence is about: when it ended, or goes on. */
function timeOf({ status, settled_at, due_at, blocked_by }: Recipient): Millis {
  const isLater = status === 'deferred' || status === 'parked'
  const time = settled_at ?? blocked_by?.until ?? (isLater ? due_at : null)
  return time === null ? 0 : Date.parse(time)
}

function sentenceOf(group: Group, route: string, now: Millis): string {
  const [first] = group
  const reply = describeReply(group)
  const since = first.settled_at === null ? '' : ` ${ago(group, now)}`
  const way = describeWay(group, route)
  switch (first.status) {
    case 'queued':
      return first.purge_requested
        ? 'purged, so not tried again.'
        : `${describeTurn(group, way, now)}${reply && `, after ${reply}`}.`
    case 'in_flight':
      return `being sent to ${way} right now${whatThen(first, now)}.`
    case 'deferred':
      return `${waitsUntil(group, now)}${reply && `, because ${reply}`}; ${givenUp(first, now)}.`
    case 'held':
      return `held ${describeHolds(first, now)}.`
    case 'parked':
      return `over a sending limit, going on by itself ${goingOn(group, now)}.`
    case 'delivered':
      return route === 'sandbox'
        ? `swallowed by the sandbox${since}; it was not sent.`
        : `delivered${since}${reply && `: ${reply}`}.`
    case 'bounced':
      return `${isHostsWord(first) ? 'refused for good' : 'given up'}${since}${reply && `: ${reply}`}.`
    case 'expired':
      return `given up${since}, as the time was over${reply && `; the last word was: ${reply}`}.`
    case 'cancelled':
      return `purged${since}.`
    case 'suppressed':
      return `not tried, as the address is suppressed${reply && `: ${reply}`}.`
  }
}

/** `880 delivered, 20 deferred.` */
function sentenceOfRest({ recipient_counts: counts, recipients }: Message): string {
  const hidden = (Object.entries(counts) as [Status, number][])
    .map(([status, count]) => {
      const shown = recipients.filter((recipient) => recipient.status === status).length
      return [status, count - shown] as const
    })
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
  return `${hidden.map(([status, count]) => `${String(count)} ${status.replace('_', ' ')}`).join(', ')}.`
}

/** Where it goes: one destination by its name, several by their number. */
function describeWay(group: Group, route: string): string {
  if (route === 'sandbox') return 'the sandbox'
  if (route !== 'mx') return route
  const destinations = new Set(group.map(({ destination }) => destination))
  return destinations.size === 1
    ? group[0].destination
    : `${String(destinations.size)} destinations`
}

function describeTurn(group: Group, way: string, now: Millis): string {
  const [{ blocked_by }] = group
  if (!blocked_by) return `due now, waiting for a free connection to ${way}`
  if (blocked_by.kind === 'redis_unavailable') {
    const { cause } = blocked_by
    return cause === null
      ? 'due now; delivery waits for Redis, which is away'
      : `due now, but nothing is sent: ${cause}`
  }
  if (blocked_by.kind === 'low_disk_space') {
    return 'due now, but nothing is sent: free space is short, and a reader of the store, such as a backup, keeps it so'
  }
  return (
    `due now, but connections to the hosts of ${way} failed (${blocked_by.cause ?? 'no cause known'}); ` +
    `tried again ${goingOn(group, now)}`
  )
}

/** What a purge or a hold in flight means for the time after the attempt. */
function whatThen(recipient: Recipient, now: Millis): string {
  if (recipient.purge_requested) return '; purged, so not tried again if this fails'
  if (recipient.holds.length === 0) return ''
  return `; if this fails, held from then on ${describeHolds(recipient, now)}`
}

function waitsUntil(group: Group, now: Millis): string {
  const [{ due_at: dueAt }] = group
  if (dueAt !== null && Date.parse(dueAt) <= now) return 'due again now'
  return `waiting for the next try ${goingOn(group, now)}`
}

const givenUp = ({ expires_at }: Recipient, now: Millis): string =>
  Date.parse(expires_at) <= now ? 'given up after it' : `given up ${at(expires_at, now)}`

/** What is known of a reply, or of why there was none. */
type Finding = Pick<NonNullable<Recipient['last_reply']>, 'code' | 'enhanced' | 'text'>

/** A reply as the host gave it (`451 4.7.1 Try later`); without a code it is Sluice's own finding: `connection refused (4.4.1)`. */
export function replyOrFinding({ code, enhanced, text }: Finding): string {
  if (code === null) return enhanced === null ? text : `${text} (${enhanced})`
  return [code, enhanced, text].filter((part) => part !== null).join(' ')
}

const repliedText = ({ last_reply: reply }: Recipient): string =>
  reply ? replyOrFinding(reply) : ''

/** Whether the last thing known is what a host said, and not what Sluice found out by itself. */
const isHostsWord = ({ last_reply: reply }: Recipient): boolean =>
  reply !== null && reply.host !== null && reply.code !== null

/**
 * `mx.test said "451 4.7.1 Try later"`. What Sluice found by itself is never put into a host's mouth: `sending to mx.test failed:
 * connection refused (4.4.1)`, `the domain x.test does not exist (5.1.2)`. Empty: nothing is known yet.
 */
function describeReply(group: Group): string {
  const [first] = group
  const { last_reply: reply } = first
  if (!reply) return ''
  const hosts = new Set(group.map(({ last_reply }) => last_reply?.host))
  const host = `${reply.host ?? ''}${hosts.size > 1 ? ` and ${String(hosts.size - 1)} more` : ''}`
  if (isHostsWord(first)) return `${host} said "${repliedText(first)}"`
  const found = withinSentence(replyOrFinding({ ...reply, code: null }))
  return reply.host === null ? found : `sending to ${host} failed: ${found}`
}

/** `The domain …` as it stands within a sentence; names and abbreviations keep their capitals. */
const withinSentence = (text: string): string =>
  /^[A-Z](?:[a-z]* )/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text

function describeHolds({ holds }: Recipient, now: Millis): string {
  const each = holds.map(({ party, scope, reason, until }) => {
    const what = scope === 'recipients' ? '' : ` (${scope})`
    const why = reason === null ? '' : `, "${reason}"`
    const how = party === 'customer' ? '' : ` with --party ${party}`
    const end = until === null ? `until released${how}` : `going on by itself ${at(until, now)}`
    return `by ${parties[party]}${what}${why}, ${end}`
  })
  return each.join('; and ') || 'until released'
}

const parties: Readonly<Record<Recipient['holds'][number]['party'], string>> = {
  customer: 'the customer',
  operator: 'the operator',
  abuse: 'the party abuse',
  restore: 'the party restore',
}

/** `in 4 min (2026-11-22 07:30 UTC)` */
function at(time: string | null, now: Millis): string {
  if (time === null) return 'at a time not known yet'
  return `in ${describeDuration(Math.max(0, Date.parse(time) - now))} (${clockTime(Date.parse(time))})`
}

const clockTime = (time: Millis): string => `${rfc3339(time).slice(0, 16).replace('T', ' ')} UTC`

/** When the first of a group goes on: to the second where all have the same time, else to the minute. */
function goingOn(group: Group, now: Millis): string {
  const time = Math.min(...group.map(timeOf))
  if (time === 0) return at(null, now)
  const wait = describeSpan(group, Math.max(0, time - now))
  return `in ${wait} (${clockTime(time)})`
}

const ago = (group: Group, now: Millis): string =>
  `${describeSpan(group, Math.max(0, now - Math.max(...group.map(timeOf))))} ago`

function describeSpan(group: Group, ms: number): string {
  const isOneMoment = new Set(group.map((each) => Math.floor(timeOf(each) / second))).size === 1
  if (isOneMoment || ms < minute) return describeDuration(ms)
  return `about ${describeDuration(Math.round(ms / minute) * minute)}`
}

/** The same in a few words, for a table: about the first recipient, which matches the filter or is open. */
export function explainBriefly({ recipients: [recipient], route }: Message, now: Millis): string {
  if (!recipient) return ''
  const reply = repliedText(recipient)
  const dueIn = recipient.due_at === null ? 0 : Date.parse(recipient.due_at) - now
  switch (recipient.status) {
    case 'queued':
      return brieflyDue(recipient, now)
    case 'in_flight':
      return recipient.purge_requested ? 'being sent, purged' : 'being sent'
    case 'deferred':
      return `next try ${dueIn > 0 ? `in ${describeDuration(dueIn)}` : 'now'}${reply && `: ${reply}`}`
    case 'parked':
      return `over a limit, goes on in ${describeDuration(Math.max(0, dueIn))}`
    case 'held':
      return heldBriefly(recipient)
    case 'delivered':
      return route === 'sandbox' ? 'swallowed by the sandbox' : reply
    case 'bounced':
    case 'expired':
    case 'cancelled':
    case 'suppressed':
      return reply
  }
}

/** Every party that holds it, with its reason: each of them must release it. */
function heldBriefly({ holds }: Recipient): string {
  const each = holds.map(({ party, reason }) =>
    reason === null ? `by ${party}` : `by ${party}: ${reason}`,
  )
  return [...new Set(each)].join('; ') || 'by customer'
}

function brieflyDue({ blocked_by, purge_requested }: Recipient, now: Millis): string {
  if (purge_requested) return 'purged'
  if (!blocked_by) return 'due now'
  if (blocked_by.kind === 'redis_unavailable') return 'delivery waits for Redis'
  if (blocked_by.kind === 'low_disk_space') return 'delivery waits for free space'
  const wait = blocked_by.until === null ? 0 : Math.max(0, Date.parse(blocked_by.until) - now)
  return `connections failed, tried again in ${describeDuration(wait)}: ${blocked_by.cause ?? ''}`
}
