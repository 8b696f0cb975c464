import { afterEach, expect, test, vi } from 'vitest'
import { run as holds } from '../../../src/cli/holds.ts'
import { relayOnStore } from './relay-on-store.ts'

afterEach(() => vi.unstubAllEnvs())

test('standing holds are set, listed and lifted', async () => {
  await using t = await relayOnStore()
  expect(await t.run(holds, [])).toMatchObject({ status: 0, out: 'There are no standing holds.\n' })
  const id = await t.accept({ tag: 'news', to: ['a@example.org', 'b@example.org'] })
  const set = await t.run(holds, ['set', 'tag', 'news', '--reason', 'wrong link', '--for', '2h'])
  expect(set).toEqual({
    status: 0,
    out: 'Hold set for tag news; 2 queued recipients held.\n',
    err: '',
  })
  expect(await t.statusesOf(id)).toEqual(['held', 'held'])
  const listed = await t.run(holds, [])
  expect(listed.out).toMatch(/^tag news +by customer since .*, until .*: wrong link\n$/)
  const lifted = await t.run(holds, ['lift', 'tag', 'news'])
  expect(lifted.out).toBe('Hold lifted for tag news; 2 recipients taken out of it.\n')
  expect(await t.statusesOf(id)).toEqual(['queued', 'queued'])
  const again = await t.run(holds, ['lift', 'tag', 'news'])
  expect([again.status, again.err]).toEqual([
    1,
    'sluice: The party customer has no standing hold of tag news.\n',
  ])
})

test('--party sets and lifts what a key can not', async () => {
  await using t = await relayOnStore()
  const set = await t.run(holds, ['set', 'all', '--party', 'operator', '--json'])
  expect(JSON.parse(set.out)).toEqual({ messages: 0, recipients: 0, in_flight: 0 })
  expect(await t.run(holds, ['lift', 'all'])).toMatchObject({
    status: 1,
    err:
      'sluice: The party customer has no standing hold of all mail. ' +
      'The party operator has one: "sluice holds lift" with --party operator, on the relay\'s machine, lifts it.\n',
  })
  expect((await t.run(holds, ['lift', 'all', '--party', 'operator'])).status).toBe(0)
  const again = await t.run(holds, ['lift', 'all', '--party', 'operator'])
  expect([again.status, again.err]).toEqual([
    1,
    'sluice: The party operator has no standing hold of all mail.\n',
  ])
  await t.run(holds, ['set', 'tag', 'news'])
  const others = await t.run(holds, ['lift', 'tag', 'news', '--party', 'operator'])
  expect(others.err).toContain('customer has one: "sluice holds lift" without --party')
})

test.each([
  [['set'], /holds set: account \| tag \| destination \| all is missing/],
  [['set', 'tag'], /holds set tag: TAG is missing/],
  [['set', 'sender', 'x'], /holds set: account \| tag \| destination \| all can not be "sender"/],
  [['set', 'all', 'x'], /unexpected argument "x"/],
  [['set', 'tag', 'x', 'y'], /unexpected argument "y"/],
  [['set', 'destination', 'a b'], /invalid destination "a b": it must be a domain/],
  [['set', 'tag', 'x', '--for', 'soon'], /--for is how long/],
  [['lift', 'tag', 'x', '--for', '1h'], /--for is how long/],
  [['show'], /unexpected argument "show"/],
])('%j is complained of, and nothing is held', async (args, why) => {
  await using t = await relayOnStore()
  const said = await t.run(holds, args)
  expect(said.status).toBe(64)
  expect(said.err).toMatch(why)
  expect((await t.run(holds, [])).out).toBe('There are no standing holds.\n')
})
