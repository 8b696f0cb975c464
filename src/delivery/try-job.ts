import { describeReply } from '../mail/reply.ts'
import type { EnvelopeView } from '../store/protocol/views.ts'
import type { Attempt, Outcome } from '../words/outcome.ts'
import type { TakenJob } from './lane-book.ts'
import type { Finding } from './decide.ts'
import type { Lane } from './lane.ts'
import type { MessageBytes } from './message-bytes.ts'
import { asItGoesOut, frontOf, noFront, notPrepared, type FrontTools } from './outgoing-content.ts'
import { sendJob, type SendTools, type Sent, type Way } from './send-job.ts'
import { settlementOf, type Heard, type Settlement, type SettleTools } from './settlement.ts'
import type { Slot } from './slot.ts'
import type { Slots } from './slots.ts'
import type { Target, TargetFinder } from './targets.ts'
import { toMail } from './to-mail.ts'
import { tryRecipients, type TryTools } from './try-recipients.ts'
import { countAttempts } from './delivery-metrics.ts'

export interface JobTools extends TryTools, SettleTools, SendTools, FrontTools {
  slots: Slots<Lane>
  targets: TargetFinder
  bytes: MessageBytes
}

export interface TriedJob {
  /** As far as they were recorded. */
  outcomes: readonly Outcome[]
  /**
   * Its mail has to be found again in the store: the destination has other hosts now, or none; or its hosts had no room for
   * another connection, so that it goes over those that are open; or the store lets nothing begin now.
   */
  again: boolean
}

/**
 * Tries a job over a slot: its recipients that are still due, at the hosts of their destination, until what came of them is
 * on disk. The slot is given back as soon as the conversation is over; `onFree` is called then, once.
 */
export async function tryJob(
  { job, lane }: TakenJob,
  slot: Slot,
  tools: JobTools,
  onFree: () => void,
): Promise<TriedJob> {
  let again = false
  let held = true
  const giveBack = (sent: Sent | null): void => {
    if (!held) return
    held = false
    if (sent && isSurplus(slot, sent, tools.slots)) {
      again = true
      const { name } = lane
      tools.log.info({ lane: name }, 'its hosts have no room for another connection')
    } else reportHosts(slot, sent, tools.slots)
    if (sent) slot.tried(sent.tried)
    tools.slots.release(slot, sent ? (sent.connection ?? sent.left) : slot.connection)
    onFree()
  }
  try {
    const outcomes = await tryRecipients(
      job.message,
      job.recipients,
      async (envelope) => {
        const target = await targetOf(envelope, lane.name, tools)
        again = target === null
        if (!target) return null
        const candidates = slot.inOrder(target.candidates)
        const way = { ...target, connection: slot.connection, candidates, greeting: slot }
        return attempt(envelope, way, tools, (sent) => {
          giveBack(sent)
          if (!again) countAttempts(lane.place.provider, sent.attempts)
          return !again
        })
      },
      tools,
    )
    return { outcomes, again: tools.flight.isRefused || again }
  } finally {
    giveBack(null)
  }
}

const targetOf = async (
  { recipients: [first] }: EnvelopeView,
  laneName: string,
  { targets }: JobTools,
): Promise<Target | null> => (first ? targets.find(laneName, first.destination) : null)

/** `giveBack` returns whether what came of it is an attempt. */
async function attempt(
  envelope: EnvelopeView,
  way: Way,
  tools: JobTools,
  giveBack: (sent: Sent) => boolean,
): Promise<Settlement | null> {
  const content = await tools.bytes.take(envelope)
  try {
    const outgoing = await asItGoesOut({ envelope, content })
    const front = tools.frontHeaders.length === 0 ? noFront : await frontOf(outgoing, tools)
    if (!front) {
      return await settlementOf(envelope, content, notPrepared(envelope, tools.clock.now()), tools)
    }
    const sent = await sendJob(way, await toMail(outgoing, front), tools)
    if (!giveBack(sent)) return null
    const heard = tools.deadlines.over ? heardOf(sent) : sent
    return heard && (await settlementOf(envelope, content, heard, tools))
  } finally {
    tools.bytes.giveBack(envelope.key, envelope.open > envelope.recipients.length)
  }
}

/** Nobody was asked about the mail, as the hosts have no room for another connection beside those that they go on with. */
const isSurplus = (slot: Slot, { reached, asked, refused }: Sent, slots: Slots<Lane>): boolean =>
  reached === false && !asked && slots.foundLimit(slot, refused && slot.cutCause === null)

/** What the conversation says about the hosts. */
function reportHosts(slot: Slot, sent: Sent | null, slots: Slots<Lane>): void {
  if (slot.cutCause !== null) {
    slots.connectionFailed(slot, slot.cutCause, sent?.attempts.at(-1)?.address ?? null)
  } else if (sent?.reached === true) slots.connectionWorked(slot)
  else if (sent?.reached === false) {
    slots.connectionFailed(slot, causeOf(sent.attempts.at(-1)))
  }
  if (sent?.findings.some(isAccepted)) slots.messageAccepted(slot)
  else if (sent?.findings.every(({ kind }) => kind === 'replied')) slots.exchangeAnswered(slot)
}

/** Why the last host of a job could not be used: its own reply, such as a greeting with 421 or 554, or what was found. */
const causeOf = (last: Attempt | undefined): string => {
  if (!last) return ''
  const { code, enhanced, text } = last
  return code === null ? text : describeReply({ code, enhanced, text })
}

const isAccepted = (finding: Sent['findings'][number]): boolean =>
  finding.kind === 'replied' && finding.stage === 'dot' && finding.reply.code < 300

/**
 * The relay ends and cut conversations off: what hosts have said by then counts, as does that the word of one that has the
 * whole message is unknown. To all others nothing happened. Null where that is everybody.
 */
function heardOf({ findings, attempts, passedOn }: Sent): Heard | null {
  const heard = findings.map((finding) => (wasCutOff(finding) ? null : finding))
  if (heard.every((finding) => finding === null)) return null
  const ofHeard = attempts
    .map((one) => ({ ...one, recipients: one.recipients.filter((at) => heard[at]) }))
    .filter(({ recipients }) => recipients.length > 0)
  return { findings: heard, attempts: ofHeard, passedOn }
}

const wasCutOff = ({ kind }: Finding): boolean =>
  kind === 'lost' || kind === 'cut-off' || kind === 'not-asked'
