import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { eventually } from '../kit/facts.ts'
import { startRelay, type Relay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'

/** The final dot can come before its sender begins to wait for the reply to it. */
const untilItWaits = (pid: number): Promise<true> =>
  eventually('delivery waits', () => {
    const [, state] = /\) (\S) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return state === 'S' || undefined
  })

/** Told two seconds and more after the process was stopped. */
const untilToldOf = (relay: Relay, pid: number): Promise<true> =>
  eventually('the stopped process is told of', async () => {
    const { body } = await relay.api('/readyz', { key: null })
    const { detail } = body as { detail: string }
    return detail.includes(`delivery (process ${pid}) does not answer`) || undefined
  })

test('a 250 that came while delivery was stopped for longer than it waits for it is heard: one delivery', async () => {
  let stopped = 0
  await using remote = await startRemote({
    dot: async () => {
      await untilItWaits(relay.pid('delivery'))
      stopped = relay.kill('delivery', 'SIGSTOP')
      return '250 2.0.0 taken'
    },
  })
  // The reply to the final dot is waited for twice as long
  await using relay = await startRelay({
    settings: { delivery: { route: remote.route, reply_timeout: '900ms', retry_first: '100ms' } },
  })
  await using client = await relay.smtp()
  await client.submit({ to: 'user@dest.test' })
  await remote.untilAccepted(1)
  await untilToldOf(relay, stopped)
  remote.script = {}
  process.kill(stopped, 'SIGCONT')
  await relay.until({ delivered: 1 })
  expect(remote.messages).toHaveLength(1)
  expect(await relay.summary()).toMatchObject({ accepted: 1, delivered: 1 })
})
