import { expect, test } from 'vitest'
import { startRelay, type Relay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { idIn } from '../kit/smtp-conversation.ts'

interface Page {
  data: { id: string }[]
  next_cursor: string | null
}

async function pagesOf(
  relay: Relay,
  query: string,
  between: () => Promise<unknown>,
): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | null = null
  do {
    const after: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const { status, body } = await relay.api(`/queue/messages?${query}${after}`)
    expect(status).toBe(200)
    const page = body as Page
    ids.push(...page.data.map(({ id }) => id))
    cursor = page.next_cursor
    await between()
  } while (cursor !== null)
  return ids
}

test('pages show every open message once, while others come in and go', async () => {
  await using remote = await startRemote({ rcpt: '450 4.2.0 later' })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  const sent: string[] = []
  for (let i = 0; i < 23; i++) {
    sent.push(idIn(await client.submit({ to: `user${i}@${i % 2 === 0 ? 'even' : 'odd'}.test` })))
  }
  await relay.until({ deferred: 23 })
  const more = (): Promise<string> => client.submit({ to: 'late@late.test' })

  const all = await pagesOf(relay, 'limit=5', more)
  expect(new Set(all).size).toBe(all.length)
  expect(sent.filter((id) => !all.includes(id))).toEqual([])

  const even = await pagesOf(relay, 'limit=3&destination=even.test', more)
  expect(even.toSorted()).toEqual(sent.filter((_, i) => i % 2 === 0).toSorted())
  expect(await pagesOf(relay, 'limit=2&status=held&destination=odd.test', more)).toEqual([])
  expect(await pagesOf(relay, 'message_id=unknown', more)).toEqual([])
  expect((await relay.summary())['delivered']).toBeUndefined()
})
