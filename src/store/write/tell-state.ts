import type { AnswerTo } from '../protocol/answers.ts'
import type { InFlightCommand } from '../protocol/commands.ts'
import type { Handlers } from './asked.ts'
import type { GroupCommit } from './group-commit.ts'
import type { Operations } from './operations.ts'
import type { Senders } from './senders.ts'
import type { TimeWatch } from './time-watch.ts'
import type { Writer } from './writer.ts'

interface Known {
  writer: Writer
  groups: GroupCommit
  operations: Operations
  senders: Senders
  time: TimeWatch
}

/** Answers what only the store process knows: what moves now, and what it counts. */
export const stateCommands = (
  known: Known,
): Handlers<'in-flight' | 'open-totals' | 'open-groups'> => ({
  'in-flight': ({ answer }) => answer(whatMoves(known)),
  'open-totals': ({ answer }) => answer({ kind: 'open-totals', totals: known.writer.openTotals() }),
  'open-groups': ({ command, answer }) =>
    answer({ kind: 'open-groups', kept: known.writer.openGroups(command) }),
})

function whatMoves(known: Known): AnswerTo<InFlightCommand> {
  const { takesMail, begins: sendsMail } = known.groups
  const { memory, open } = known.writer
  const { redisTrouble } = known.senders.followers
  const seen = { clockJump: known.time.jump, slices: known.operations.slices, held: open.held }
  return {
    kind: 'in-flight',
    recipients: [...memory.flight],
    takesMail,
    sendsMail,
    redisTrouble,
    ...seen,
  }
}
