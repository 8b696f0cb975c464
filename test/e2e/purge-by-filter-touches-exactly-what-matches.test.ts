import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { plainMail } from '../kit/sample-mail.ts'

test('a purge by filter takes the matching recipients, no other one, and sends no report', async () => {
  await using remote = await startRemote({ rcpt: '450 4.2.0 later' })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  await client.submit({ to: ['a@one.test', 'b@two.test', 'c@two.test'], bytes: plainMail('first') })
  await client.submit({ to: ['a@two.test', 'a@not-two.test'], bytes: plainMail('second') })
  await client.submit({ to: 'x@three.test', bytes: `X-Sluice-Tag: news\r\n${plainMail('third')}` })
  await client.submit({ from: 'other@customer.test', to: 'y@three.test' })
  await relay.until({ deferred: 7 })
  const operate = async (json: unknown): Promise<unknown> =>
    (await relay.api('/queue/operations', { json })).body

  expect(
    await operate({ action: 'purge', filter: { destination: 'two.test' }, dry_run: true }),
  ).toEqual({
    messages: 2,
    recipients: 3,
    in_flight: 0,
  })
  expect((await relay.summary())['cancelled']).toBeUndefined()

  expect(
    await operate({ action: 'purge', filter: { destination: 'TWO.test' }, reason: 'list' }),
  ).toEqual({
    messages: 2,
    recipients: 3,
    in_flight: 0,
  })
  expect(
    await operate({ action: 'purge', filter: { to: '*@three.test', tag: 'news' } }),
  ).toMatchObject({
    recipients: 1,
  })
  expect(await operate({ action: 'purge', filter: { to: '*@test' } })).toMatchObject({
    recipients: 0,
  })
  expect(await operate({ action: 'purge', filter: { status: ['held'] } })).toMatchObject({
    recipients: 0,
  })
  const { body: left } = await relay.api('/queue/messages')
  const open = (left as { data: { recipients: { address: string; status: string }[] }[] }).data
    .flatMap(({ recipients }) => recipients)
    .filter(({ status }) => status !== 'cancelled')
    .map(({ address }) => address)
  expect(open.toSorted()).toEqual(['a@not-two.test', 'a@one.test', 'y@three.test'])

  remote.script = {}
  expect(await operate({ action: 'retry', filter: {}, all: true })).toMatchObject({ recipients: 3 })
  await relay.until({ delivered: 3 })
  expect(remote.accepted.flatMap(({ to }) => to).toSorted()).toEqual(open.toSorted())
  const { accepted, cancelled, delivered, bounced } = await relay.summary()
  expect({ accepted, cancelled, delivered, bounced }).toEqual({
    accepted: 4,
    cancelled: 4,
    delivered: 3,
    bounced: undefined,
  })
})
