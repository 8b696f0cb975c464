import { StoreLost } from '../store/protocol/client.ts'
import type { Answer, Command } from '../store/protocol/commands.ts'
import { monotonicMs, second } from '../time/clock.ts'
import type { StoreAccess } from './store-access.ts'
import { within } from './within.ts'

type Store = StoreAccess['store']

/** A store that lives answers within a commit or two. */
const answerMs = 10 * second

/**
 * Has the store do something short.
 * @throws StoreLost when it is silent for too long: whether it took effect is unknown
 */
export async function askStore(store: Store, command: Command): Promise<Answer> {
  const answer = await within(answerMs, store.send(command))
  if (answer) return answer
  throw new StoreLost('the store did not answer in time')
}

const lookEveryMs = 2 * second
/** For so long operations may come no further. The answer shall come before clients give up, as many do after 30 s. */
const stillMs = 25 * second

/**
 * Has the store do something that takes as long as there is much to do. It may, while the store's operations go on.
 * @throws StoreLost when they don't: whether it took effect, in part or whole, is unknown
 */
export async function askForOperation(store: Store, command: Command): Promise<Answer> {
  const working = store.send(command)
  let slices = -1
  let movedAt = monotonicMs()
  const look = async (): Promise<void> => {
    const seen = await store.send({ kind: 'in-flight' }).catch(() => null)
    if (seen?.kind !== 'in-flight' || seen.slices === slices) return
    slices = seen.slices
    movedAt = monotonicMs()
  }
  void look()
  while (monotonicMs() - movedAt < stillMs) {
    const answer = await within(lookEveryMs, working)
    if (answer) return answer
    void look()
  }
  throw new StoreLost('the operation came no further')
}
