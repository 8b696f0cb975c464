import { isNo, type Answer } from '../protocol/answers.ts'
import type { Command } from '../protocol/commands.ts'
import { acceptCommands } from './accept.ts'
import { accountCommands } from './accounts.ts'
import { apiKeyCommands } from './api-keys.ts'
import type { AskedCommand, Carriers } from './asked.ts'
import { refusalCommands } from './count-refusals.ts'
import { sessionCommands } from './flight.ts'
import { noteCommands } from './note.ts'
import { placeCommands } from './place.ts'
import { rememberCommands } from './remember.ts'
import { settleCommands } from './settle.ts'
import type { Memory, Work } from './transaction.ts'
import { uploadCommands } from './uploads.ts'
import { stopCommands } from './write-operation.ts'

const carriers = {
  ...acceptCommands,
  ...accountCommands,
  ...apiKeyCommands,
  ...noteCommands,
  ...placeCommands,
  ...refusalCommands,
  ...rememberCommands,
  ...sessionCommands,
  ...settleCommands,
  ...stopCommands,
  ...uploadCommands,
} satisfies Partial<Carriers<Command['kind']>>

/** Commands that are carried out in a transaction. */
export type CarriedKind = keyof typeof carriers

export const isCarried = (kind: string): kind is CarriedKind => Object.hasOwn(carriers, kind)

/**
 * What a command does within a transaction, and its answer. A piece that was not kept leaves a gap, so nothing more is taken
 * for its upload; a sweep removes the rest.
 */
export function carryOut(work: Work, asked: AskedCommand): Answer {
  const { uploads } = work.memory
  const upload = uploadOf(asked.command)
  if (upload === null) return answerOf(work, asked)
  work.ifFailed.push(() => uploads.delete(upload))
  const answer = answerOf(work, asked)
  if (isNo(answer)) uploads.delete(upload)
  return answer
}

export function spoilUpload(memory: Memory, command: Command): void {
  const upload = uploadOf(command)
  if (upload !== null) memory.uploads.delete(upload)
}

/** One that is given up lacks whatever may come yet, whether that could be written down or not. */
const uploadOf = (command: Command): number | null =>
  command.kind === 'chunk' || command.kind === 'accept' || command.kind === 'abandon'
    ? command.upload
    : null

function answerOf(work: Work, { command, ...asked }: AskedCommand): Answer {
  const { kind } = command
  if (!isCarried(kind)) throw new Error(`${kind} is not for a group`)
  // Each takes the command of its kind, which a look into a table can't say in types
  return carriers[kind](work, command as never, asked)
}
