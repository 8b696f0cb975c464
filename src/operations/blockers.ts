import type { RestingLane } from '../store/protocol/blockers.ts'
import type { RecipientView } from '../store/protocol/views.ts'
import { second } from '../time/clock.ts'
import type { StoreAccess } from './store-access.ts'
import { within } from '../time/within.ts'

/** What keeps delivery from sending. */
export interface Blockers {
  /** Why nothing is sent: Redis can't be used; null: it can. */
  redisTrouble: string | null
  /** false: nothing is sent, as free space is short and a long reader of the store keeps it so. */
  sendsMail: boolean
  /** By the lane's name. */
  resting: ReadonlyMap<string, RestingLane>
}

const answerMs = 1 * second
const noRests: Blockers['resting'] = new Map()

/** What keeps delivery from sending to those of the recipients that are due. While the store is away, no rests are known. */
export async function blockersOf(
  { store, deliveryState }: Pick<StoreAccess, 'store' | 'deliveryState'>,
  recipients: readonly RecipientView[],
): Promise<Blockers> {
  const { redisTrouble, sendsMail } = await deliveryState()
  const ofAll = { redisTrouble, sendsMail }
  const due = recipients.filter(({ status }) => status === 'queued')
  if (redisTrouble !== null || !sendsMail || due.length === 0) return { ...ofAll, resting: noRests }
  return {
    ...ofAll,
    resting: await restsOf(
      store,
      due.map(({ lane }) => lane),
    ),
  }
}

/** Those of some lanes that rest. While the store is away, none is known. */
export async function restsOf(
  store: StoreAccess['store'],
  some: readonly string[],
): Promise<Blockers['resting']> {
  const lanes = [...new Set(some)]
  const asked = store.send({ kind: 'rests', lanes }).catch(() => null)
  const answer = await within(answerMs, asked)
  if (answer?.kind !== 'rests') return noRests
  return new Map(answer.resting.map((each) => [each.lane, each]))
}
