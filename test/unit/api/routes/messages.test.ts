import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { Compile } from 'typebox/compile'
import { dataPaths } from '../../../../src/config/paths.ts'
import { AttemptSchema } from '../../../../src/operations/list-attempts.ts'
import { MessageSchema, type Message } from '../../../../src/operations/message-resource.ts'
import { apiOnStore } from '../api-on-store.ts'

interface MessagePage {
  data: Message[]
  next_cursor: string | null
}
const isMessage = Compile(MessageSchema)

test('a message is shown as the document says, in every state', async () => {
  await using t = await apiOnStore()
  const ids = [
    await t.accept({ messageIdHeader: '<m@x>', subject: 'Hi', tag: 'news' }),
    await t.accept(),
  ]
  const look = async (): Promise<Message[]> => {
    const shown = await Promise.all(ids.map((id) => t.ask('GET', `/queue/messages/${id}`)))
    return shown.map((answer) => answer.json<Message>())
  }
  for (const change of ['none', 'deferred', 'hold', 'delivered'] as const) {
    if (change === 'hold') await t.ask('POST', `/queue/messages/${ids[0] ?? ''}/hold`)
    else if (change !== 'none') for (const id of ids) await t.settle(id, change)
    for (const message of await look()) expect([...isMessage.Errors(message)]).toEqual([])
  }
})

test('the list has open messages, newest first, unless status says otherwise', async () => {
  await using t = await apiOnStore()
  const done = await t.accept()
  await t.settle(done, 'delivered')
  const open = [await t.accept(), await t.accept()]
  const list = async (query: string) =>
    (await t.ask('GET', `/queue/messages${query}`)).json<MessagePage>().data.map(({ id }) => id)
  expect(await list('')).toEqual(open.toReversed())
  expect(await list('?status=delivered')).toEqual([done])
  expect(await list('?status=delivered&status=queued')).toEqual([...open.toReversed(), done])
  expect(await list('?status=delivered,queued')).toHaveLength(3)
})

test('one recipient must meet status, destination and to together', async () => {
  await using t = await apiOnStore()
  const id = await t.accept({ to: ['anna@example.org', 'bob@example.com'] })
  const matches = async (query: string): Promise<boolean> =>
    (await t.ask('GET', `/queue/messages?${query}`)).json<MessagePage>().data.length > 0
  expect(await matches('to=ANNA@example.org&destination=example.org')).toBe(true)
  expect(await matches('to=*@example.com')).toBe(true)
  expect(await matches('to=anna@example.org&destination=example.com')).toBe(false)
  expect(await matches('to=nna@example.org')).toBe(false)
  await t.settle(id, 'deferred')
  expect(await matches('status=deferred&destination=example.org')).toBe(true)
  expect(await matches('status=queued&destination=example.org')).toBe(false)
})

test('the other filters are about the message', async () => {
  await using t = await apiOnStore()
  await t.accept({ sender: 'Alice@sender.test', tag: 'news', messageIdHeader: '<1@x>' })
  const count = async (query: string): Promise<number> =>
    (await t.ask('GET', `/queue/messages?${query}`)).json<MessagePage>().data.length
  for (const query of [
    'from=alice@sender.test',
    'from=*@sender.test',
    'account=alice',
    'tag=news',
    `message_id=${encodeURIComponent('<1@x>')}`,
    'newer_than=1h',
  ]) {
    expect([query, await count(query)]).toEqual([query, 1])
  }
  for (const query of ['from=<>', 'account=bob', 'tag=new', 'message_id=1', 'older_than=1h']) {
    expect([query, await count(query)]).toEqual([query, 0])
  }
})

test('cursors lead through all messages, each once, whatever is accepted meanwhile', async () => {
  await using t = await apiOnStore()
  const ids: string[] = []
  for (let i = 0; i < 7; i++) ids.push(await t.accept())
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`
    const page = (await t.ask('GET', `/queue/messages?limit=3${query}`)).json<MessagePage>()
    seen.push(...page.data.map(({ id }) => id))
    cursor = page.next_cursor
    await t.accept()
  } while (cursor !== null)
  expect(seen).toEqual(ids.toReversed())
})

test('an address is found whichever way its domain is written', async () => {
  await using t = await apiOnStore()
  const count = async (query: string): Promise<number> =>
    (await t.ask('GET', `/queue/messages?${new URLSearchParams(query).toString()}`)).json<{
      data: Message[]
    }>().data.length
  const bücher = { address: 'U@BÜCHER.example', destination: 'xn--bcher-kva.example' }
  await t.accept({ sender: 'post@bücher.example', recipients: [bücher] })
  await t.accept({
    sender: 'post@xn--bcher-kva.example',
    recipients: [{ ...bücher, address: 'u@xn--bcher-kva.example' }],
  })
  for (const domain of ['bücher.example', 'xn--bcher-kva.example', 'Bücher.EXAMPLE']) {
    expect([domain, await count(`to=u@${domain}`)]).toEqual([domain, 2])
    expect([domain, await count(`from=POST@${domain}`)]).toEqual([domain, 2])
    expect([domain, await count(`to=uu@${domain}`)]).toEqual([domain, 0])
  }
})

test('mail of any kind of submitter can be found and operated on', async () => {
  await using t = await apiOnStore()
  const submitters = ['account:alice', 'network:192.0.2.0/24', 'system:dsn']
  const ids: string[] = []
  for (const submitter of submitters) {
    const [kind = '', id = ''] = submitter.split(/:(.*)/)
    ids.push(await t.accept({ submitter: { kind, id } as Message['submitter'] }))
  }
  for (const [n, submitter] of submitters.entries()) {
    const answer = await t.ask('GET', `/queue/messages?submitter=${submitter}`)
    expect(answer.json<MessagePage>().data.map(({ id }) => id)).toEqual([ids[n]])
  }
  const both = await t.ask('GET', '/queue/messages?submitter=system:dsn&account=alice')
  expect(both.json<MessagePage>().data).toEqual([])
  const filter = { submitter: 'network:192.0.2.0/24' }
  const held = await t.ask('POST', '/queue/operations', { action: 'hold', filter })
  expect(held.json()).toEqual({ messages: 1, recipients: 1, in_flight: 0 })
})

test.each([
  '01M80000000000000000000000',
  'x',
  '..%2f..%2fetc%2fpasswd',
  '%00',
  '1%20OR%201=1',
  '__proto__',
  'ü',
  'A'.repeat(200),
])('an id of nothing is 404 everywhere: %s', async (id) => {
  await using t = await apiOnStore()
  const path = `/queue/messages/${id}`
  const answers = [
    await t.ask('GET', path),
    await t.ask('GET', `${path}/recipients`),
    await t.ask('GET', `${path}/attempts`),
    await t.ask('GET', `${path}/content`),
    await t.ask('POST', `${path}/retry`),
    await t.ask('POST', `${path}/hold`),
    await t.ask('POST', `${path}/release`),
    await t.ask('DELETE', path),
  ]
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(8).fill(404))
})

test('the tries of a message can be read', async () => {
  await using t = await apiOnStore()
  const id = await t.accept()
  await t.settle(id, 'deferred')
  const first = (await t.ask('GET', `/queue/messages/${id}/attempts?limit=1`)).json<{
    data: unknown[]
    next_cursor: string | null
  }>()
  expect(first.data).toMatchObject([
    { host: 'mx.test', address: '192.0.2.1', code: 451, recipients: ['anna@example.org'] },
  ])
  expect([...Compile(AttemptSchema).Errors(first.data[0])]).toEqual([])
})

test('content comes octet for octet, as a file that no browser shows', async () => {
  await using t = await apiOnStore()
  const bytes = Buffer.concat([
    Buffer.from('Subject: <script>\r\n\r\n.dot\r\n\xff\xfe\x00', 'latin1'),
    Buffer.alloc(200_000, 'x'),
  ])
  const id = await t.accept({ bytes })
  const answer = await t.ask('GET', `/queue/messages/${id}/content`)
  expect(answer.rawPayload.equals(bytes)).toBe(true)
  expect(answer.headers).toMatchObject({
    'content-type': 'message/rfc822',
    'content-disposition': `attachment; filename="${id}.eml"`,
    'x-content-type-options': 'nosniff',
    'content-length': String(bytes.length),
  })
})

test('content that is not kept any more is 410', async () => {
  await using t = await apiOnStore()
  const id = await t.accept()
  await t.settle(id, 'delivered')
  expect((await t.ask('GET', `/queue/messages/${id}`)).json<Message>().content_available).toBe(
    false,
  )
  const answer = await t.ask('GET', `/queue/messages/${id}/content`)
  expect(answer.statusCode).toBe(410)
  expect(answer.json()).toMatchObject({ type: 'urn:sluice:problem:content-gone', status: 410 })
})

test('damaged content is never handed out: 500 that names it, the message held, an event', async () => {
  await using t = await apiOnStore()
  const id = await t.accept()
  const database = new DatabaseSync(dataPaths(t.dataDir).database)
  database.exec("UPDATE chunk SET bytes = CAST('Subject: y' AS BLOB)")
  database.close()
  const answer = await t.ask('GET', `/queue/messages/${id}/content`)
  expect(answer.json()).toMatchObject({ type: 'urn:sluice:problem:content-corrupt', status: 500 })
  const message = (await t.ask('GET', `/queue/messages/${id}`)).json<Message>()
  expect(message.recipients[0]).toMatchObject({ status: 'held', holds: [{ party: 'restore' }] })
  const events = (await t.ask('GET', '/events')).json<{ data: { event: string }[] }>().data
  expect(events.map(({ event }) => event)).toContain('content_corrupt')
})
