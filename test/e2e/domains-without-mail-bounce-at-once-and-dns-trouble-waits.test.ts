import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startWorld } from '../kit/world.ts'

test('null MX bounces at once, unknown domains too without a grace; a DNS that fails only defers', async () => {
  await using world = await startWorld(
    { 'mx.customer.test': {} },
    {
      'customer.test': { MX: [[10, 'mx.customer.test']] },
      'null.test': { MX: [[0, '.']], A: ['127.0.1.1'] },
      'sick.test': 'servfail',
      'closed.test': 'refused',
      'garbled.test': 'noise',
    },
  )
  await using relay = await startRelay({
    route: 'mx',
    settings: [world.settings, { delivery: { retry_first: '200ms', unknown_domain_grace: '0' } }],
  })
  await using client = await relay.smtp()
  const to = ['a@null.test', 'b@unknown.test', 'c@sick.test', 'd@closed.test', 'e@garbled.test']
  to.push('f@mx.customer.test')
  for (const address of to) await client.submit({ to: address })
  // Three ends: two bounces with a report each, and one delivery to a host named directly.
  await relay.until({ bounced: 2, deferred: 3, delivered: 3 })
  const reports = world.host('mx.customer.test').accepted.filter(({ from }) => from === '')
  expect(reports).toHaveLength(2)
  const text = reports.map(({ bytes }) => bytes.toString()).join('\n')
  expect(text).toMatch(/Final-Recipient: rfc822; ?a@null\.test[^]*?Status: 5\.1\.10/i)
  expect(text).toMatch(/Final-Recipient: rfc822; ?b@unknown\.test[^]*?Status: 5\.1\.2/i)

  for (const domain of ['sick.test', 'closed.test', 'garbled.test']) {
    const { body } = await relay.api(`/queue/messages?destination=${domain}`)
    expect(body).toMatchObject({ data: [{ recipients: [{ last_reply: { enhanced: '4.4.3' } }] }] })
  }
  const { accepted, bounced, delivered } = await relay.summary()
  expect({ accepted, bounced, delivered }).toEqual({ accepted: 8, bounced: 2, delivered: 3 })
})

test('a domain that DNS does not know is tried again for its grace, then its mail bounces', async () => {
  await using world = await startWorld(
    { 'mx.customer.test': {} },
    {
      'customer.test': { MX: [[10, 'mx.customer.test']] },
      'null.test': { MX: [[0, '.']] },
      'empty.test': {},
    },
  )
  await using relay = await startRelay({
    route: 'mx',
    settings: [world.settings, { delivery: { retry_first: '500ms', unknown_domain_grace: '10s' } }],
  })
  await using client = await relay.smtp()
  for (const to of ['a@unknown.test', 'b@empty.test', 'c@null.test']) await client.submit({ to })
  await relay.until({ bounced: 3, deferred: 0, delivered: 3 })
  const { body } = await relay.api('/queue/messages?status=bounced')
  const bounced = (body as { data: { recipients: { address: string; attempts: number }[] }[] }).data
    .flatMap(({ recipients }) => recipients)
    .map(({ address, attempts }) => [address, attempts > 1])
  expect(Object.fromEntries(bounced)).toEqual({
    'a@unknown.test': true,
    'b@empty.test': true,
    'c@null.test': false,
  })
  const reports = world.host('mx.customer.test').accepted.map(({ bytes }) => bytes.toString())
  expect(reports.filter((text) => /Status: 5\.1\.2/.test(text))).toHaveLength(2)
})
