/** What a process asks of the store, and the two kinds of tables that say who answers it. */
import type { Channel } from '../../ipc/channel.ts'
import type { Principal } from '../../words/principal.ts'
import type { AnswerTo } from '../protocol/answers.ts'
import type { Command, CommandOf } from '../protocol/commands.ts'
import type { Work } from './transaction.ts'

type Kind = Command['kind']

/** A command, as it was asked. */
export interface AskedCommand<K extends Kind = Kind> {
  command: CommandOf<K>
  /** Who asks. */
  by: Principal
  payload: Uint8Array
}

export interface Ask<K extends Kind = Kind> extends AskedCommand<K> {
  answer: (answer: AnswerTo<CommandOf<K>>) => void
}

/**
 * What commands do in the transaction that they share with others (carry-out.ts). Each file has those of its subject as
 * entries; most commands need no more.
 */
export type Carriers<K extends Kind> = {
  readonly [Each in K]: (
    work: Work,
    command: CommandOf<Each>,
    asked: Omit<AskedCommand, 'command'>,
  ) => AnswerTo<CommandOf<Each>>
}

/** What answers commands outside of a transaction, or around it: those of what this process knows, and those that take long. */
export type Handlers<K extends Kind> = {
  readonly [Each in K]: (ask: Ask<Each>, channel: Channel) => void
}
