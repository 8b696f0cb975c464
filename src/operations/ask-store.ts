import type { AnswerTo, Fault } from '../store/protocol/answers.ts'
import { StoreLost, type CommandPort } from '../store/protocol/client.ts'
import type { Command } from '../store/protocol/commands.ts'
import { monotonicMs, second } from '../time/clock.ts'
import { within } from '../time/within.ts'

type Store = Pick<CommandPort, 'send'>

/** The store failed to carry out a command, because of a bug; store.log says more. Nothing was changed. */
export class StoreFault extends Error {
  override name = 'StoreFault'
}

/** @throws StoreFault */
function unlessFault<A extends { kind: string }>(answer: A | Fault): Exclude<A, Fault> {
  if (isFault(answer)) throw new StoreFault(answer.fault)
  return answer as Exclude<A, Fault>
}

const isFault = (answer: { kind: string }): answer is Fault => answer.kind === 'fault'

/** A working store answers within a commit or two. */
const answerMs = 10 * second

/**
 * Has the store carry out a short command.
 * @throws StoreLost when the store does not answer in time: whether the command took effect is unknown
 * @throws StoreFault
 */
export async function askStore<C extends Command>(
  store: Store,
  command: C,
): Promise<Exclude<AnswerTo<C>, Fault>> {
  const answer = await within(answerMs, store.send(command))
  if (answer) return unlessFault(answer)
  throw new StoreLost('the store did not answer in time')
}

const lookEveryMs = 2 * second
/** How long operations may make no progress. The answer must come before clients give up, as many do after 30 s. */
const stillMs = 25 * second

/**
 * Has the store carry out an operation, however long it takes, as long as the store's operations make progress.
 * @throws StoreLost when they don't: whether it took effect, in part or in full, is unknown
 * @throws StoreFault
 */
export async function askForOperation<C extends Command>(
  store: Store,
  command: C,
): Promise<Exclude<AnswerTo<C>, Fault>> {
  const working = store.send(command)
  let slices = -1
  let movedAt = monotonicMs()
  const look = async (): Promise<void> => {
    const seen = await store.send({ kind: 'in-flight' }).catch(() => null)
    if (seen?.kind !== 'in-flight' || seen.slices === slices) return
    slices = seen.slices
    movedAt = monotonicMs()
  }
  while (monotonicMs() - movedAt < stillMs) {
    const answer = await within(lookEveryMs, working)
    if (answer) return unlessFault(answer)
    void look()
  }
  throw new StoreLost('the operation came no further')
}
