import type { Filter } from '../../words/filter.ts'
import type { MessageKey, RecipientKey } from '../../words/keys.ts'
import type { OperationKind, OperationState } from '../../words/operation.ts'
import type { Party } from '../../words/party.ts'
import type { OperationView } from '../protocol/views.ts'
import { number, numberOrNull, textOrNull, type Row } from './read-row.ts'

/** An operation as the table has it: all that it needs to go on after a restart. */
export interface OperationRow extends Omit<OperationView, 'actor'> {
  /** The number of the hold that it makes or lifts. */
  hold: number | null
  /** Recipients with keys below it were not looked at yet. */
  position: RecipientKey
  /** The last message that was counted. */
  lastMessage: MessageKey | null
  /** Who asked, as events show it. */
  principal: string
}

export const operationOf = (row: Row): OperationRow => ({
  key: number(row, 'key'),
  id: String(row['id']),
  action: String(row['action']) as OperationKind,
  filter: JSON.parse(String(row['filter'])) as Filter,
  party: String(row['party']) as Party,
  reason: textOrNull(row, 'reason'),
  until: numberOrNull(row, 'until'),
  hold: numberOrNull(row, 'hold'),
  state: String(row['state']) as OperationState,
  position: number(row, 'position'),
  lastMessage: numberOrNull(row, 'last_message'),
  messages: number(row, 'messages'),
  recipients: number(row, 'recipients'),
  inFlight: number(row, 'in_flight'),
  stillHeld: number(row, 'still_held'),
  contentGone: number(row, 'content_gone'),
  principal: String(row['principal']),
  begunAt: number(row, 'begun_at'),
  endedAt: numberOrNull(row, 'ended_at'),
})
