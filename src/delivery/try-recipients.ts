import type { StoreClient } from '../store/protocol/client.ts'
import { ContentGone, CorruptContent, type StoreReader } from '../store/protocol/reader.ts'
import type { EnvelopeView } from '../store/protocol/views.ts'
import type { Clock } from '../time/clock.ts'
import type { MessageKey, RecipientKey } from '../words/keys.ts'
import type { Outcome } from '../words/outcome.ts'
import type { DeliveryLog } from './delivery-log.ts'
import type { Flight } from './flight.ts'
import { logOutcomes } from './outcome-lines.ts'
import type { Settlement } from './settlement.ts'
import { settleForSure } from './settler.ts'

export interface TryTools {
  store: StoreClient
  reader: StoreReader
  flight: Flight
  clock: Clock
  log: DeliveryLog
}

/**
 * Takes recipients of one message from their start to their outcome on disk: those that are still due are started, `attempt`
 * says what came of them (null: nothing happened), and the store settles it. Whatever goes wrong, nobody stays in flight, but
 * those whose outcome the store can't take in any way.
 * @returns the outcomes that were recorded
 */
export async function tryRecipients(
  message: MessageKey,
  recipients: readonly RecipientKey[],
  attempt: (envelope: EnvelopeView) => Promise<Settlement | null>,
  tools: TryTools,
): Promise<readonly Outcome[]> {
  const { reader, flight, log, clock } = tools
  const started = await flight.begin(recipients)
  if (started.length === 0) return []
  let staysInFlight = false
  const settled = new Set<RecipientKey>()
  let envelope: EnvelopeView | null = null
  try {
    envelope = await reader.envelope(message, started)
    const settlement = envelope && (await attempt(envelope))
    if (!envelope || !settlement) return []
    const { command, payload } = settlement
    const ended = await settleForSure(envelope.id, command, payload, tools)
    staysInFlight = ended === 'neither'
    if (ended !== 'recorded') return []
    for (const { recipient } of command.outcomes) settled.add(recipient)
    logOutcomes(log, envelope, settlement, clock.now())
    return command.outcomes
  } catch (error) {
    if (error instanceof CorruptContent || error instanceof ContentGone) {
      await holdDamaged(tools, message, envelope?.id ?? null, error)
    } else log.error({ err: error, id: envelope?.id ?? null }, 'a fault while sending')
    return []
  } finally {
    if (!staysInFlight) await flight.end(started, settled)
  }
}

const found = 'its bytes are not what was accepted'
const fix = 'restore a copy with: npx sluice restore FILE'

/** A message whose bytes are damaged is never sent: it is held until a copy of the store is restored, and said aloud. */
async function holdDamaged(
  { store, log }: { store: StoreClient; log: DeliveryLog },
  message: MessageKey,
  id: string | null,
  error: CorruptContent | ContentGone,
): Promise<void> {
  log.error(
    { event: 'content_corrupt', id, fix, err: error },
    'message held: its content is damaged',
  )
  const answer = await store.send({
    kind: 'note',
    happened: { event: 'content_corrupt', data: { cause: error.message } },
    holdMessage: { message, reason: `${found}; ${fix}` },
  })
  if (answer.kind !== 'ok')
    log.error({ answer, id }, 'a message with damaged content could not be held')
}
