import { afterEach, expect, test, vi } from 'vitest'
import { run } from '../../../src/cli/refusals.ts'
import { relayOnStore, type RelayOnStore } from './relay-on-store.ts'

afterEach(() => vi.unstubAllEnvs())

const refuse = (t: RelayOnStore) =>
  t.store.send({
    kind: 'count-refusals',
    refusals: [
      { submitter: 'account:shop', reason: 'limit', count: 1684, text: 'daily limit\u001b[2J' },
      { submitter: 'account:news', reason: 'size', count: 2, text: 'message larger' },
      { submitter: 'strangers', reason: 'login_failed', count: 40, text: 'invalid' },
    ],
  })

test('refusals shows sums by reason and submitter, strangers apart', async () => {
  await using t = await relayOnStore()
  await refuse(t)
  const { status, out } = await t.run(run, [])
  expect(status).toBe(0)
  expect(out).toMatch(/^refused to submitters +1686 +1686$/m)
  expect(out).toMatch(/^ {2}limit +1684 +1684$/m)
  expect(out).toMatch(/^ {2}account:shop +1684 +1684$/m)
  expect(out).toMatch(/^refused to strangers \(not logged in\) +40 +40$/m)
  const json = JSON.parse((await t.run(run, ['--json'])).out) as object
  expect(json).toMatchObject({ last_hour: 1686, strangers: { last_24_hours: 40 } })
})

test('--hours lists them by hour, and filters choose some', async () => {
  await using t = await relayOnStore()
  expect((await t.run(run, ['--hours'])).out).toBe('Nothing was refused.\n')
  await refuse(t)
  const { out } = await t.run(run, ['--hours'])
  expect(out.split('\n')).toHaveLength(5)
  expect(out).toMatch(/ +1684 {2}limit +account:shop +daily limit/)
  expect(out).toMatch(/ +40 {2}login_failed +strangers +invalid/)
  expect(out).not.toContain('\u001b')
  const shop = await t.run(run, ['--account', 'shop', '--json'])
  expect(JSON.parse(shop.out)).toMatchObject({ reason: 'limit', count: 1684 })
  expect((await t.run(run, ['--reason', 'login_failed'])).out).toContain('strangers')
  expect(await t.run(run, ['--reason', 'loop'])).toMatchObject({ status: 1 })
  expect((await t.run(run, ['--reason', 'whim'])).status).not.toBe(0)
})
