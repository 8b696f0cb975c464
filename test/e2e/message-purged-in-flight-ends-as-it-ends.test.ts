import { expect, test } from 'vitest'
import { Gate } from '../kit/facts.ts'
import type { Counts } from '../kit/event-feed.ts'
import { startRelay } from '../kit/relay.ts'
import { startRemote, type Deed } from '../kit/remote.ts'
import { idIn } from '../kit/smtp-conversation.ts'

const endings: [string, Deed, Counts][] = [
  ['delivered, when the remote end took it', '250 2.0.0 ok', { delivered: 1 }],
  ['bounced without a report, when it was refused', '550 5.7.1 no', { bounced: 1 }],
  ['cancelled, when it was deferred', '451 4.3.0 later', { cancelled: 1 }],
  ['cancelled, when the reply was lost', { do: 'drop' }, { cancelled: 1 }],
]

test.each(endings)('what is purged in flight ends %s', async (_, deed, outcome) => {
  const gate = new Gate()
  await using remote = await startRemote({
    dot: gate.before(deed),
  })
  await using relay = await startRelay({
    route: remote.route,
    settings: { delivery: { retry_first: '200ms' } },
  })
  await using client = await relay.smtp()
  const id = idIn(await client.submit({ to: 'user@dest.test' }))
  await gate.reached()
  const { status, body } = await relay.api(`/queue/messages/${id}`, { method: 'DELETE' })
  expect(status).toBe(200)
  expect(body).toEqual({ messages: 1, recipients: 1, in_flight: 1 })
  // Who asked is on record before it is known how it ends, and the message shows it.
  await relay.until({ purge_requested: 1 })
  const { body: flying } = await relay.api(`/queue/messages/${id}`)
  expect(flying).toMatchObject({ recipients: [{ status: 'in_flight', purge_requested: true }] })
  gate.open()
  await relay.until(outcome)

  // A later message proves that nothing of the purged one, and no report about it, was still to come.
  remote.script = {}
  const before = remote.accepted.length
  idIn(await client.submit({ to: 'after@dest.test' }))
  await relay.until({ delivered: before + 1 })
  expect(remote.accepted.slice(before).map(({ to }) => to)).toEqual([['after@dest.test']])
  const { body: ledger } = await relay.api('/ledger')
  expect(ledger).toMatchObject({ accepted: 2, settled: 2, open: 0, difference: 0 })
})
