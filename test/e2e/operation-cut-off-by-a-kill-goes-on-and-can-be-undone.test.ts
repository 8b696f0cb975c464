import { expect, test } from 'vitest'
import { eventually } from '../kit/facts.ts'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { plainMail } from '../kit/sample-mail.ts'

interface Operation {
  id: string
  state: string
  counts: { recipients: number; messages: number }
}

test('a purge cut off by kill -9 of the store goes on after its restart, and is undone by a reopening', async () => {
  await using remote = await startRemote({ rcpt: '450 4.2.0 later' })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  const to = Array.from({ length: 900 }, (_, n) => `u${n}@dest.test`)
  for (const name of ['first', 'second', 'third'])
    await client.submit({ to, bytes: plainMail(name) })
  await relay.until({ deferred: 2700 })

  const begun = await relay.api('/queue/operations', {
    json: { action: 'purge', filter: { destination: 'dest.test' } },
    headers: { prefer: 'respond-async' },
  })
  expect(begun.status).toBe(202)
  const { id } = begun.body as Operation
  await relay.killAndAwaitReturn('store')
  await eventually('new mail', async () => {
    await using late = await relay.smtp()
    return /^250 /.test(await late.submit({ to: 'late@dest.test' })) || undefined
  })
  const done = await eventually('the end of the purge', async () => {
    const operation = (await relay.api(`/operations/${id}`)).body as Operation
    return operation.state === 'done' ? operation : undefined
  })
  expect(done.counts).toMatchObject({ messages: 3, recipients: 2700 })
  expect(await relay.summary()).toMatchObject({ accepted: 4, cancelled: 2700 })

  remote.script = {}
  const undone = await relay.api('/queue/operations', {
    json: { action: 'reopen', filter: { status: 'cancelled', destination: 'dest.test' } },
  })
  expect(undone.body).toMatchObject({ messages: 3, recipients: 2700 })
  await relay.api('/queue/operations', { json: { action: 'retry', all: true } })
  await relay.until({ delivered: 2701 })
  expect(remote.accepted.flatMap((message) => message.to)).toHaveLength(2701)
  expect((await relay.api('/ledger')).body).toMatchObject({
    accepted: 2701,
    reopened: 2700,
    open: 0,
    difference: 0,
  })
})
