import { Compile } from 'typebox/compile'
import { describe, expect, test } from 'vitest'
import { explain } from '../../../../src/operations/explain.ts'
import type { AttemptResource } from '../../../../src/operations/list-attempts.ts'
import {
  RecipientSchema,
  type Message,
  type Recipient,
} from '../../../../src/operations/message-resource.ts'
import { apiOnStore, type ApiOnStore } from '../api-on-store.ts'

interface MessagePage {
  data: Message[]
}

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
    await t.takeOff(id, (index) => index < 20)
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
      data: AttemptResource[]
    }>()
    expect(data).toMatchObject([{ recipient_count: 100, recipients: to.slice(0, 100) }])
  })
})

describe('what is due says why it is not sent', () => {
  const shown = async (t: ApiOnStore, id: string): Promise<Recipient[]> =>
    (await t.ask('GET', `/queue/messages/${id}`)).json<Message>().recipients

  test('its own hosts could not be connected to', async () => {
    await using t = await apiOnStore()
    const id = await t.accept({ route: 'mx', to: ['a@down.example', 'b@up.example'] })
    const until = Date.now() + 180_000
    await t.store.send({
      kind: 'blockers',
      afresh: true,
      resting: [{ lane: 'mx:down.example', until, cause: 'ECONNREFUSED' }],
      ended: [],
      redisTrouble: null,
    })
    const blocked_by = {
      kind: 'hosts_resting',
      until: new Date(until).toISOString(),
      cause: 'ECONNREFUSED',
    }
    const recipients = await shown(t, id)
    expect(recipients).toMatchObject([{ blocked_by }, { blocked_by: null }])
    for (const each of recipients) expect([...Compile(RecipientSchema).Errors(each)]).toEqual([])
  })

  test('Redis is away', async () => {
    await using t = await apiOnStore()
    const id = await t.accept()
    await t.store.send({
      kind: 'blockers',
      afresh: true,
      resting: [],
      ended: [],
      redisTrouble: 'Redis is away',
    })
    expect(await shown(t, id)).toMatchObject([
      { blocked_by: { kind: 'redis_unavailable', cause: 'Redis is away' } },
    ])
  })
})
