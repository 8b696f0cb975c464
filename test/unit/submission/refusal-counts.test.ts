import { expect, test } from 'vitest'
import { storeFull, tooLarge } from '../../../src/submission/replies.ts'
import { refused } from '../../../src/metrics/declared.ts'
import { RefusalCounts } from '../../../src/submission/refusal-counts.ts'
import { StoreLost, type CommandPort } from '../../../src/store/protocol/client.ts'
import type { CountRefusalsCommand } from '../../../src/store/protocol/commands.ts'
import { soon } from '../../kit/facts.ts'

const shop = { kind: 'account', id: 'shop' } as const
const size = tooLarge(1000)

/** A store that answers as it is told, in turn; then with ok. */
function storeThatSays(...answers: (object | Error)[]) {
  const commands: CountRefusalsCommand['refusals'][] = []
  const port: CommandPort = {
    send: (command) => {
      commands.push((command as unknown as CountRefusalsCommand).refusals)
      const answer = answers.shift() ?? { kind: 'ok' }
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as never)
    },
    as: () => port,
  }
  return { port, commands }
}

test('however many are refused, the store gets one command with their sums', async () => {
  const { port, commands } = storeThatSays()
  const counts = new RefusalCounts(port, { gatherMs: 5 })
  for (let n = 0; n < 1000; n++) counts.count(shop, size)
  for (let n = 0; n < 500; n++) counts.count(null, storeFull)
  expect(commands).toEqual([])
  await soon('the command left', () => commands.length > 0)
  expect(commands).toEqual([
    [
      { submitter: 'account:shop', reason: 'size', count: 1000, text: size.text },
      { submitter: 'strangers', reason: 'disk_full', count: 500, text: storeFull.text },
    ],
  ])
  await counts.close()
  expect(commands).toHaveLength(1)
})

test('while the store can not take them, counts are kept and grow', async () => {
  const away = { kind: 'unavailable', cause: 'store away' }
  const { port, commands } = storeThatSays(away, away)
  const counts = new RefusalCounts(port, { gatherMs: 1 })
  counts.count(shop, size)
  await soon('the store was asked twice', () => commands.length >= 2)
  counts.count(shop, size)
  await soon('the store was asked again', () => commands.length >= 3)
  await counts.close()
  expect(
    commands
      .slice(2)
      .flat()
      .reduce((sum, { count }) => sum + count, 0),
  ).toBe(2)
})

test('what was on its way to a store that is lost is not counted twice', async () => {
  const { port, commands } = storeThatSays(new StoreLost())
  const counts = new RefusalCounts(port, { gatherMs: 1 })
  counts.count(shop, size)
  await soon('the store was lost', () => commands.length === 1)
  counts.count(shop, storeFull)
  await soon('what came later left', () => commands.length === 2)
  expect(commands[1]).toMatchObject([{ reason: 'disk_full', count: 1 }])
  await counts.close()
})

test('what is left goes to the store at an orderly end', async () => {
  const { port, commands } = storeThatSays()
  const counts = new RefusalCounts(port)
  counts.count(shop, size)
  await counts.close()
  expect(commands).toHaveLength(1)
})

test('pairs of submitter and reason are gathered up to a bound, and the metric counts all', async () => {
  const { port, commands } = storeThatSays()
  const counts = new RefusalCounts(port)
  const before = refused.size.value
  for (let n = 0; n < 12_000; n++) counts.count({ kind: 'account', id: `a${n}` }, size)
  await counts.close()
  expect(commands[0]).toHaveLength(10_000)
  expect(refused.size.value - before).toBe(12_000)
})
