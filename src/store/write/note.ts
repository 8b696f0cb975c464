import { recipientsPerMessage, firstRecipient } from '../../words/keys.ts'
import { principalName } from '../../words/principal.ts'
import type { AnswerTo } from '../protocol/answers.ts'
import type { NoteCommand } from '../protocol/commands.ts'
import { holdRecipients, insertHold } from './holds.ts'
import { tellAll } from './tell-all.ts'
import type { AskedCommand, Carriers } from './asked.ts'
import { audit } from './audit.ts'
import type { Work } from './transaction.ts'

/**
 * Writes down what happened to the relay; a message that must not be sent any more is held in the same breath. Who is held for
 * that reason already stays as it is: whoever looks at damaged bytes again and again would add a hold each time.
 */
function note(
  work: Work,
  command: NoteCommand,
  { by }: Pick<AskedCommand, 'by'>,
): AnswerTo<NoteCommand> {
  const { happened, holdMessage } = command
  const message = command.message ?? holdMessage?.message
  work.event(happened, message === undefined ? {} : { message })
  if (!holdMessage) return { kind: 'ok' }
  const first = firstRecipient(holdMessage.message)
  const keys = work.connection
    .sql(
      `SELECT key FROM recipient WHERE key >= ? AND key < ? AND state = 0 AND NOT EXISTS (
         SELECT 1 FROM held JOIN hold ON hold.id = held.hold
          WHERE held.recipient = recipient.key AND hold.party = 'restore' AND hold.reason = ?)`,
    )
    .all(first, first + recipientsPerMessage, holdMessage.reason)
    .map((row) => Number(row['key']))
  if (keys.length === 0) return { kind: 'ok' }
  const hold = insertHold(work, {
    scope: 'recipients',
    value: '',
    party: 'restore',
    reason: holdMessage.reason,
    until: null,
  })
  holdRecipients(work, hold, keys)
  const { reason } = holdMessage
  const held = { actor: principalName(by), party: 'restore', reason }
  tellAll(work, { event: 'held', data: held }, keys)
  return { kind: 'ok' }
}

export const noteCommands = {
  note,
  'note-content-read': (work, { message }, { by }) => {
    audit(work, by, { action: 'read_content', subject: message })
    return { kind: 'ok' }
  },
} satisfies Carriers<'note' | 'note-content-read'>
