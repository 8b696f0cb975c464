import { principalName, type Principal } from '../../words/principal.ts'
import type { AnswerTo } from '../protocol/answers.ts'
import type { StopOperationCommand } from '../protocol/commands.ts'
import { endOperation, operationRowById } from './write-operation.ts'
import type { Work } from './transaction.ts'

/** Ends an operation before its next slice. Said twice, it is stopped once. */
export function stopOperation(
  work: Work,
  { id, party }: StopOperationCommand,
  by: Principal,
): AnswerTo<StopOperationCommand> {
  const row = operationRowById(work, id)
  if (!row) return { kind: 'refused', reason: 'no such operation' }
  if (row.party !== party) return { kind: 'refused', reason: 'operation of another party' }
  if (row.state === 'stopped') return { kind: 'ok' }
  if (row.state !== 'running') return { kind: 'refused', reason: 'operation ended' }
  endOperation(work, row.key, 'stopped')
  work.event({ event: 'operation_stopped', data: { operation: id, actor: principalName(by) } })
  return { kind: 'ok' }
}
