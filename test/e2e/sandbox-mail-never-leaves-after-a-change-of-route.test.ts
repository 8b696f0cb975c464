import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { idIn } from '../kit/smtp-conversation.ts'

test('mail taken in under sandbox goes to the sandbox, also when the route is another one by then', async () => {
  await using remote = await startRemote()
  await using relay = await startRelay()
  await using client = await relay.smtp()
  // Without delivery the mail stays in the queue until the relay starts again.
  const frozen = relay.kill('delivery', 'SIGSTOP')
  const id = idIn(await client.submit({ to: 'test@dest.test' }))
  const stopped = relay.stop('SIGKILL')
  process.kill(frozen, 'SIGKILL')
  await stopped

  await relay.start({ delivery: { route: remote.route } })
  await using again = await relay.smtp()
  const real = idIn(await again.submit({ to: 'real@dest.test' }))
  await relay.until({ delivered: 2 })
  expect(remote.accepted.map(({ to }) => to)).toEqual([['real@dest.test']])
  const routeOf = async (which: string): Promise<unknown> =>
    ((await relay.api(`/queue/messages/${which}`)).body as { route: unknown }).route
  expect(await routeOf(id)).toBe('sandbox')
  expect(await routeOf(real)).toBe(remote.route)
  expect(await relay.summary()).toEqual({ accepted: 2, delivered: 2 })
})
