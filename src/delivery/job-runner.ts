import type { Job } from '../queue/lanes.ts'
import type { RecipientKey } from '../words/keys.ts'
import type { StoreClient } from '../store/protocol/client.ts'
import { ContentGone, CorruptContent, type StoreReader } from '../store/protocol/reader.ts'
import type { EnvelopeView } from '../store/protocol/views.ts'
import { second } from '../time/clock.ts'
import { giveBack } from './give-back.ts'
import { holdDamaged } from './hold-damaged.ts'
import type { Lane } from './lane.ts'
import type { LaneBook } from './lane-book.ts'
import { MessageBytes } from './message-bytes.ts'
import { sendJob, type Sent } from './send-job.ts'
import { settlementOf, unsent, type Settlement, type SettleTools } from './settlement.ts'
import { settleForSure } from './settler.ts'
import type { Slot, Slots } from './slots.ts'
import { StartBatch } from './start-batch.ts'
import type { Target } from './targets.ts'
import { toMail } from './to-mail.ts'

export interface JobTools extends SettleTools {
  store: StoreClient
  reader: StoreReader
  slots: Slots
  inFlight: Set<RecipientKey>
}

/** After a fault of ours, so that it doesn't go round and round. */
const afterFaultMs = 30 * second

type Unsent = Target & { kind: 'permanent' | 'temporary' }

/** Takes one job of a lane from beginning to end. */
export class JobRunner {
  readonly #tools: JobTools
  readonly #book: LaneBook
  readonly #starts: StartBatch
  readonly #bytes: MessageBytes

  constructor(tools: JobTools, book: LaneBook) {
    this.#tools = tools
    this.#book = book
    this.#starts = new StartBatch((command) => tools.store.send(command))
    this.#bytes = new MessageBytes(tools.reader)
  }

  /** Sends the lane's next job over the slot, which is given back before all is recorded. */
  async send(lane: Lane, slot: Slot): Promise<void> {
    let held: Slot | null = slot
    const free = (sent: Sent | null): void => {
      if (!held) return
      held = null
      if (sent?.reached === true) this.#tools.slots.connectionWorked(slot)
      if (sent?.reached === false) this.#tools.slots.connectionFailed(slot, causeOf(sent))
      this.#tools.slots.release(slot, sent ? sent.connection : slot.connection)
    }
    try {
      await this.#withJob(lane, async (envelope) => {
        const content = this.#bytes.take(envelope.key, envelope.sizeBytes)
        try {
          const sent = await sendJob(slot, toMail(envelope, content), this.#tools)
          if (wasCutOff(sent, this.#tools)) return null
          free(sent)
          return settlementOf(envelope, content, sent, this.#tools)
        } finally {
          this.#bytes.giveBack(envelope.key)
        }
      })
    } finally {
      free(null)
    }
  }

  /** Settles the lane's next job without sending: there is no host. */
  async settleUnsent(lane: Lane, target: Unsent): Promise<void> {
    const { reader, clock } = this.#tools
    await this.#withJob(lane, (envelope) => {
      const found = unsent(envelope, target, clock)
      const content = reader.pieces(envelope.key)
      return Promise.resolve(settlementOf(envelope, content, found, this.#tools))
    })
  }

  async #withJob(
    lane: Lane,
    attempt: (envelope: EnvelopeView) => Promise<Settlement | null>,
  ): Promise<void> {
    const job = await this.#book.next(lane)
    if (!job) return
    try {
      await this.#tryJob(lane, job, attempt)
    } finally {
      this.#book.forget(lane, job.recipients)
      await this.#book.finish(job)
    }
  }

  async #tryJob(
    lane: Lane,
    job: Job,
    attempt: (envelope: EnvelopeView) => Promise<Settlement | null>,
  ): Promise<void> {
    const { inFlight, reader, store, log, clock } = this.#tools
    const free = job.recipients.filter((recipient) => !inFlight.has(recipient))
    const started = await this.#start(lane, free)
    const open = new Set(started)
    for (const recipient of started) inFlight.add(recipient)
    try {
      const envelope = started.length > 0 ? reader.envelope(job.message, started) : null
      const settlement = envelope && (await attempt(envelope))
      if (!settlement || !(await settleForSure(store, ...partsOf(settlement), log))) return
      for (const outcome of settlement.command.outcomes) {
        open.delete(outcome.recipient)
        if (outcome.kind === 'deferred') lane.dueAt(outcome.dueAt)
      }
    } catch (error) {
      if (error instanceof CorruptContent || error instanceof ContentGone) {
        await holdDamaged(this.#tools, job.message, error)
      } else {
        log.error({ err: error, message: job.message }, 'a fault while sending')
        lane.dueAt(clock.now() + afterFaultMs)
      }
    } finally {
      await giveBack([...open], this.#tools)
      for (const recipient of started) inFlight.delete(recipient)
    }
  }

  /** Nothing was begun where the store is away; the lane is looked at again when it is back. */
  async #start(lane: Lane, recipients: readonly RecipientKey[]): Promise<RecipientKey[]> {
    if (recipients.length === 0) return []
    try {
      return await this.#starts.start(recipients)
    } catch (error) {
      this.#tools.log.debug({ err: error, lane: lane.name }, 'not begun: the store is away')
      lane.dueAt(this.#tools.clock.now())
      return []
    }
  }
}

/** The relay ends and waited no longer: what no host has taken happened to nobody. */
const wasCutOff = ({ findings }: Sent, { deadlines }: Pick<JobTools, 'deadlines'>): boolean =>
  deadlines.over && findings.some(({ kind }) => kind === 'lost')

const causeOf = ({ attempts }: Sent): string => attempts.at(-1)?.text ?? ''

const partsOf = ({ command, payload }: Settlement) => [command, payload] as const
