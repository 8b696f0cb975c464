import type { AnswerTo } from '../../src/store/protocol/answers.ts'
import type { Command } from '../../src/store/protocol/commands.ts'
import type { StoreReader } from '../../src/store/protocol/reader.ts'
import type { MessageKey } from '../../src/words/keys.ts'
import type { OwnClock } from '../kit/store.ts'

/** A store with nothing in it, behind its two ports. */
export interface Engine {
  /** The store's own. */
  clock: OwnClock
  /** What was answered is seen by the reader. */
  send<C extends Command>(command: C, payload?: Uint8Array): Promise<AnswerTo<C>>
  reader: StoreReader
  /** Changes the bytes of a message from some place on, as a bad disk does. */
  damage: (message: MessageKey, fromByte: number) => void
  /** Makes a message one of class 0, which no command can say yet. */
  makeTransactional: (message: MessageKey) => void
  close(): Promise<void>
}

export type MakeEngine = () => Promise<Engine>

export async function withEngine(
  make: MakeEngine,
  work: (engine: Engine) => Promise<void>,
): Promise<void> {
  const engine = await make()
  try {
    await work(engine)
  } finally {
    await engine.close()
  }
}
