import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { Compile } from 'typebox/compile'
import { dataPaths } from '../../../src/config/paths.ts'
import { explain } from '../../../src/operations/explain.ts'
import { AttemptSchema, type Attempt } from '../../../src/operations/list-attempts.ts'
import {
  MessageSchema,
  RecipientSchema,
  type Message,
  type Recipient,
} from '../../../src/operations/message-resource.ts'
import { apiOnStore, type ApiOnStore } from './api-on-store.ts'

interface MessagePage {
  data: Message[]
  next_cursor: string | null
}
const isMessage = Compile(MessageSchema)

test('a message is shown as the document says, in every state', async () => {
  await using t = await apiOnStore()
  const ids = [await t.accept({ messageId: '<m@x>', subject: 'Hi', tag: 'news' }), await t.accept()]
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
  await t.accept({ sender: 'Alice@sender.test', tag: 'news', messageId: '<1@x>' })
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

describe('a message with many recipients', () => {
  const to = Array.from({ length: 150 }, (_, i) => `r${i}@${i % 2 ? 'odd' : 'even'}.example`)
  const late = { code: 451, enhanced: '4.7.1', text: 'Try later', host: 'mx.test' }

  /** All but the last three are delivered; these wait. */
  async function mostlyDelivered(t: ApiOnStore): Promise<string> {
    const id = await t.accept({ to })
    await t.settle(id, 'delivered', late, (index) => index < 147)
    await t.settle(id, 'deferred', late, (index) => index >= 147)
    return id
  }

  test('is shown with a hundred of them, those that wait first, and how many there are of each status', async () => {
    await using t = await apiOnStore()
    const id = await mostlyDelivered(t)
    const message = (await t.ask('GET', `/queue/messages/${id}`)).json<Message>()
    expect(message).toMatchObject({
      recipient_count: 150,
      recipient_counts: { delivered: 147, deferred: 3 },
    })
    expect(message.recipients.map(({ address }) => address)).toEqual([
      ...to.slice(147),
      ...to.slice(0, 97),
    ])
    expect(explain(message, Date.now()).map(({ recipients }) => recipients)).toEqual([3, 97, 50])
  })

  test('is listed with those first that match, then with those that wait', async () => {
    await using t = await apiOnStore()
    await mostlyDelivered(t)
    const first = async (query: string): Promise<string[]> => {
      const { data } = (await t.ask('GET', `/queue/messages?${query}`)).json<MessagePage>()
      return (data[0]?.recipients ?? []).slice(0, 4).map(({ address }) => address)
    }
    expect(await first('')).toEqual([...to.slice(147), to[0]])
    expect(await first('status=delivered')).toEqual(to.slice(0, 4))
    expect(await first('status=delivered&to=r120@even.example')).toEqual([
      to[120],
      ...to.slice(147),
    ])
    expect(await first('destination=even.example')).toEqual([to[148], to[147], to[149], to[0]])
  })

  test('what is in flight is no match for another status', async () => {
    await using t = await apiOnStore()
    const id = await t.accept({ to: to.slice(0, 30) })
    await t.store.send({ kind: 'start', recipients: t.recipientsOf(id).slice(0, 20) })
    const { data } = (await t.ask('GET', '/queue/messages?status=queued')).json<MessagePage>()
    expect(data[0]).toMatchObject({ recipient_counts: { in_flight: 20, queued: 10 } })
    expect(data[0]?.recipients.map(({ status }) => status)).toEqual(Array(10).fill('queued'))
  })

  test('has all of them in pages, each once, in the order of its envelope, also by filter', async () => {
    await using t = await apiOnStore()
    const id = await mostlyDelivered(t)
    const all = async (query: string): Promise<string[]> => {
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const more: string = cursor === null ? '' : `&cursor=${cursor}`
        const path = `/queue/messages/${id}/recipients?limit=40&${query}${more}`
        const page = (await t.ask('GET', path)).json<{
          data: Recipient[]
          next_cursor: string | null
        }>()
        for (const each of page.data) {
          expect([...Compile(RecipientSchema).Errors(each)]).toEqual([])
        }
        seen.push(...page.data.map(({ address }) => address))
        cursor = page.next_cursor
      } while (cursor !== null)
      return seen
    }
    expect(await all('')).toEqual(to)
    expect(await all('status=deferred')).toEqual(to.slice(147))
    expect(await all('status=deferred,bounced&destination=odd.example')).toEqual([to[147], to[149]])
    expect(await all('to=*@even.example')).toHaveLength(75)
    expect(await all('to=R7@odd.example')).toEqual([to[7]])
    expect(await all('to=nobody@odd.example')).toEqual([])
    expect(await all('destination=nowhere.example')).toEqual([])
  })

  test('its recipients are not asked for by what is about the message, or with a cursor of another list', async () => {
    await using t = await apiOnStore()
    const id = await t.accept()
    const path = `/queue/messages/${id}/recipients`
    for (const query of ['tag=x', 'status=gone', 'cursor=bTE', 'limit=101']) {
      expect([query, (await t.ask('GET', `${path}?${query}`)).statusCode]).toEqual([query, 400])
    }
  })

  test('a try names all that it was for', async () => {
    await using t = await apiOnStore()
    const id = await t.accept({ to: to.slice(0, 100) })
    await t.settle(id, 'deferred')
    const { data } = (await t.ask('GET', `/queue/messages/${id}/attempts`)).json<{
      data: Attempt[]
    }>()
    expect(data).toMatchObject([{ recipient_count: 100, recipients: to.slice(0, 100) }])
  })
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
  expect((await t.ask('GET', `/queue/messages/${id}`)).json<Message>().content_kept).toBe(false)
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
