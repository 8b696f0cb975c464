import { isNo, type Answer } from '../protocol/answers.ts'
import type { Command } from '../protocol/commands.ts'
import type { Principal } from '../../words/principal.ts'
import { accept } from './accept.ts'
import { abandonUpload, keepChunk } from './uploads.ts'
import { putAccount, putApiKey, removeAccount } from './accounts.ts'
import { openSession } from './flight.ts'
import { note } from './note.ts'
import { place } from './place.ts'
import { countRefusals } from './count-refusals.ts'
import { settle } from './settle.ts'
import type { Memory, Work } from './transaction.ts'
import { stopOperation } from './write-operation.ts'

export interface AskedCommand {
  command: Command
  /** Who asks. */
  by: Principal
  payload: Uint8Array
}

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

function answerOf(work: Work, { command, by, payload }: AskedCommand): Answer {
  switch (command.kind) {
    case 'accept':
      return accept(work, command, payload)
    case 'settle':
      return settle(work, command, payload)
    case 'chunk':
      return keepChunk(work, command, payload)
    case 'abandon':
      return abandonUpload(work, command.upload)
    case 'put-account':
      return putAccount(work, command, by)
    case 'remove-account':
      return removeAccount(work, command, by)
    case 'put-api-key':
      return putApiKey(work, command, by)
    case 'stop-operation':
      return stopOperation(work, command, by)
    case 'note':
      return note(work, command, by)
    case 'count-refusals':
      return countRefusals(work, command)
    case 'place':
      return place(work, command)
    case 'follow':
      return openSession(work, command)
    case 'start':
    case 'unstart':
    case 'in-flight':
    case 'rests':
    case 'open-totals':
    case 'blockers':
    case 'accept-clock':
    case 'operate':
    case 'put-hold':
    case 'lift-hold':
      throw new Error(`${command.kind} is not for a group`)
  }
}
