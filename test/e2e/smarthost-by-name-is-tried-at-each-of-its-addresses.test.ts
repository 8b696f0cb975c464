import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { idIn } from '../kit/smtp-conversation.ts'

test('a smarthost is found under a name of the system’s own file, and the attempt names its address', async () => {
  await using remote = await startRemote()
  await using relay = await startRelay({ route: `smtp://localhost:${remote.port}` })
  await using client = await relay.smtp()
  const id = idIn(await client.submit({ to: 'user@a.example' }))
  await relay.until({ delivered: 1 })
  const { body } = await relay.api(`/queue/messages/${id}/attempts`)
  // Where the name has an IPv6 address, too, that one may have refused it before
  const { data } = body as { data: readonly { code: number | null }[] }
  expect(data.find(({ code }) => code === 250)).toMatchObject({
    host: 'localhost',
    address: '127.0.0.1',
  })
})
