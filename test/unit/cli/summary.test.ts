import { afterEach, expect, test, vi } from 'vitest'
import { run } from '../../../src/cli/summary.ts'
import { relayOnStore, type RelayOnStore } from './relay-on-store.ts'

afterEach(() => vi.unstubAllEnvs())

async function someMail(t: RelayOnStore): Promise<void> {
  const id = await t.accept({ to: ['a@two.example', 'b@two.example', 'a@one.example'] })
  const text = 'Try later\u001b[2J'
  const reply = { code: 451, enhanced: '4.7.1', text, host: 'mx.test' }
  await t.settle(id, 'deferred', reply, (index) => index === 0)
  await t.accept({ to: ['x@three.example'], submitter: { kind: 'system', id: 'dsn' }, sender: '' })
}

test('an empty queue is said to be empty', async () => {
  await using t = await relayOnStore()
  expect(await t.run(run, [])).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^The queue is empty\.$/m) as string,
  })
})

test('summary shows by destination how much waits, since when and why', async () => {
  await using t = await relayOnStore()
  await someMail(t)
  const { status, out } = await t.run(run, [])
  expect(status).toBe(0)
  const [first = '', heading = '', two = '', ...others] = out.split('\n')
  expect(first).toMatch(
    /^-- 4 recipients: 3 queued, 1 deferred, 0 held, 0 in flight; the oldest for .+; of them 1 of Sluice's own bounce messages\.$/,
  )
  expect(heading).toMatch(
    /^DESTINATION +OPEN +OWN +QUEUED +DEFERRED +HELD +IN_FLIGHT +OLDEST +WHY$/,
  )
  expect(two).toMatch(/^two\.example +2 +0 +1 +1 +0 +0 +\d.* ago mx\.test: 451 4\.7\.1 Try later/)
  expect(out).not.toContain('\u001b')
  expect(others.join('\n')).toMatch(/^three\.example +1 +1 +1/m)
})

test('the rest is counted where there is a limit; --json prints what the API says', async () => {
  await using t = await relayOnStore()
  await someMail(t)
  expect((await t.run(run, ['--limit', '2'])).out).toMatch(
    /^-- and 1 more destination; --limit N shows more\.$/m,
  )
  const lines = (await t.run(run, ['--json', '--limit', '1'])).out.trim().split('\n')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { destination: 'two.example', open: 2, last_reply: { code: 451 } },
  ])
})

test('--by submitter, or sender, puts the same mail together by who submitted it', async () => {
  await using t = await relayOnStore()
  await someMail(t)
  for (const by of ['submitter', 'sender']) {
    const { out } = await t.run(run, ['--by', by])
    expect(out).toMatch(/^account:alice +3 +0 +2 +1 +0 +0 /m)
    expect(out).toMatch(/^system:dsn +1 +1 +1 +0 +0 +0 /m)
  }
})

test('one destination or submitter alone; where nothing of it is open the status is 1', async () => {
  await using t = await relayOnStore()
  await someMail(t)
  const one = await t.run(run, ['--destination', 'ONE.example', '--json'])
  expect(JSON.parse(one.out)).toMatchObject({ destination: 'one.example', open: 1 })
  const alice = await t.run(run, ['--account', 'alice', '--json'])
  expect(JSON.parse(alice.out)).toMatchObject({ submitter: { id: 'alice' }, open: 3 })
  const none = await t.run(run, ['--destination', 'nowhere.example'])
  expect(none).toMatchObject({ status: 1 })
  expect(none.out).toMatch(/^Nothing matches\.$/m)
})

test.each([
  [['--by', 'tag'], /--by: destination \| submitter \| sender/],
  [['--limit', '0'], /--limit must be a whole number/],
  [['--limit', 'many'], /--limit must be a whole number/],
  [['--destination', 'a.example', '--account', 'x'], /either a destination or a submitter/],
  [['--by', 'destination', '--account', 'x'], /--submitter does not go with --by destination/],
  [['more'], /more/],
])('%j is no command line', async (args, why) => {
  await using t = await relayOnStore()
  const { status, err } = await t.run(run, args)
  expect(status).toBe(64)
  expect(err).toMatch(why)
})
