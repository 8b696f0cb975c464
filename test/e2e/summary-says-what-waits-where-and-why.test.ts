import { expect, test } from 'vitest'
import type { OpenDestination } from '../../src/operations/list-open.ts'
import { eventually } from '../kit/facts.ts'
import { startRelay } from '../kit/relay.ts'
import { startWorld } from '../kit/world.ts'

test('summary says what waits where, with the last reply, the rest of hosts and the submitter', async () => {
  await using world = await startWorld(
    {
      'mx.busy.test': { script: { rcpt: '450 4.2.1 mailbox busy' } },
      'mx.dead.test': { script: { banner: { do: 'drop' } } },
    },
    { 'busy.test': { MX: [[10, 'mx.busy.test']] }, 'dead.test': { MX: [[10, 'mx.dead.test']] } },
  )
  const delivery = { rest_after_failures: 1, rest: '10m', retry_first: '10m' }
  await using relay = await startRelay({ route: 'mx', settings: [world.settings, { delivery }] })
  await using client = await relay.smtp()
  await client.submit({ to: ['a@busy.test', 'b@busy.test'] })
  await client.submit({ to: 'a@dead.test' })
  await relay.until({ deferred: 3 })
  await client.submit({ to: 'b@dead.test' })
  await client.submit({ to: 'c@dead.test' })

  const dead = await eventually('the rest is known', async () => {
    const { output } = await relay.cli(['summary', '--json', '--destination', 'dead.test'])
    const group = JSON.parse(output) as OpenDestination
    return group.rest === null ? undefined : group
  })
  expect(dead).toMatchObject({ destination: 'dead.test', open: 3, own: 0, held: 0 })
  expect(dead.rest?.cause).not.toBe('')
  expect(dead.last_reply).toMatchObject({ code: null, host: 'mx.dead.test' })

  const shown = await relay.cli(['summary'])
  expect(shown.code).toBe(0)
  expect(shown.output).toMatch(/^dead\.test +3 .*hosts left alone for /m)
  expect(shown.output).toMatch(
    /^busy\.test +2 +0 +0 +2 .*mx\.busy\.test: 450 4\.2\.1 mailbox busy; next try in /m,
  )
  const bySubmitter = await relay.cli(['summary', '--by', 'submitter', '--json'])
  expect(JSON.parse(bySubmitter.output)).toMatchObject({
    submitter: { kind: 'account' },
    open: 5,
  })
  expect((await relay.cli(['summary', '--destination', 'nowhere.test'])).code).toBe(1)
})
