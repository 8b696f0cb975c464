import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { askForOperation, askStore, StoreFault } from '../../../src/operations/ask-store.ts'
import { StoreLost, type CommandPort } from '../../../src/store/protocol/client.ts'
import type { Answer } from '../../../src/store/protocol/answers.ts'
import type { Command } from '../../../src/store/protocol/commands.ts'
import { minute, second } from '../../../src/time/clock.ts'
import { operation } from '../../kit/store.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const never = new Promise<never>(() => undefined)
const done: Answer = { kind: 'operated', messages: 1, recipients: 1, inFlight: 0 }

/** A store that does an operation when it is told to, and meanwhile says how many slices it has done. */
function storeAt(
  slices: () => number | null,
  operating: Promise<Answer>,
): Pick<CommandPort, 'send'> {
  const answer = ({ kind }: Command): Promise<Answer> => {
    if (kind === 'operate') return operating
    const now = slices()
    const state = {
      kind: 'in-flight',
      recipients: [],
      held: 0,
      takesMail: true,
      sendsMail: true,
      clockJump: null,
      redisTrouble: null,
    } as const
    return now === null ? never : Promise.resolve({ ...state, slices: now })
  }
  return { send: (command) => answer(command) as Promise<never> }
}

const outcomeOf = (asking: Promise<Answer>): { is: unknown } => {
  const outcome: { is: unknown } = { is: 'open' }
  asking.then(
    (answer) => (outcome.is = answer),
    (error: unknown) => (outcome.is = error),
  )
  return outcome
}

test('a store that is silent is not waited for: after 10 s the outcome is unknown', async () => {
  const outcome = outcomeOf(askStore({ send: () => never }, { kind: 'in-flight' }))
  await vi.advanceTimersByTimeAsync(9 * second)
  expect(outcome.is).toBe('open')
  await vi.advanceTimersByTimeAsync(2 * second)
  expect(outcome.is).toBeInstanceOf(StoreLost)
})

test.each([
  ['silent', () => null],
  ['there, but does nothing of it', () => 7],
])('an operation of a store that is %s is given up within 30 s', async (_, slices) => {
  const outcome = outcomeOf(askForOperation(storeAt(slices, never), operation('purge')))
  await vi.advanceTimersByTimeAsync(24 * second)
  expect(outcome.is).toBe('open')
  await vi.advanceTimersByTimeAsync(6 * second)
  expect(outcome.is).toBeInstanceOf(StoreLost)
})

test('an operation may take as long as it needs while operations go on', async () => {
  const { promise, resolve } = Promise.withResolvers<Answer>()
  let slices = 0
  const outcome = outcomeOf(
    askForOperation(
      storeAt(() => slices++, promise),
      operation('purge'),
    ),
  )
  await vi.advanceTimersByTimeAsync(10 * minute)
  expect(outcome.is).toBe('open')
  resolve(done)
  await vi.advanceTimersByTimeAsync(0)
  expect(outcome.is).toEqual(done)
})

test('an operation that is done within a moment is one command: nothing else is asked of the store', async () => {
  const send = vi.fn(() => Promise.resolve(done as never))
  expect(await askForOperation({ send }, operation('retry'))).toEqual(done)
  expect(send).toHaveBeenCalledOnce()
})

test('a fault of the store is none of its answers: it is thrown, not taken for a refusal', async () => {
  const broken = { kind: 'fault', fault: 'no such column' } as const
  const store = { send: () => Promise.resolve(broken as never) }
  await expect(askStore(store, { kind: 'in-flight' })).rejects.toThrow(StoreFault)
  await expect(askForOperation(store, operation('retry'))).rejects.toThrow(StoreFault)
})
