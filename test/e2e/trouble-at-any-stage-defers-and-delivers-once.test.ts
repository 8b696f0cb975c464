import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startRemote, type Deed } from '../kit/remote.ts'

const stages = ['banner', 'ehlo', 'mail', 'rcpt', 'data', 'dot'] as const
const troubles: Record<string, Deed> = {
  'a 4xx': '451 4.3.0 not now',
  'a 421': { do: 'drop', after: '421 4.3.2 shutting down' },
  'a dropped connection': { do: 'drop' },
  nonsense: 'what?',
  'a code that does not exist': '999 hm',
  'a reply without an end': `450-${'x'.repeat(1_000_000)}`,
  silence: { do: 'hang' },
}

test.each(Object.entries(troubles))(
  '%s at any stage defers the message, which is then delivered once',
  async (_, trouble) => {
    await using remote = await startRemote()
    await using relay = await startRelay({
      route: remote.route,
      settings: {
        delivery: { retry_first: '200ms', rest_after_failures: 1000, reply_timeout: '500ms' },
      },
    })
    await using client = await relay.smtp()
    for (const [index, stage] of stages.entries()) {
      remote.script = { [stage]: trouble }
      remote.dropAll()
      await client.submit({ to: `${stage}@dest.test` })
      await relay.until({ deferred: index + 1 })
      remote.script = {}
      await relay.until({ delivered: index + 1 })
    }
    expect(remote.accepted.map(({ to }) => to[0])).toEqual(
      stages.map((stage) => `${stage}@dest.test`),
    )
    const { accepted, delivered, bounced } = await relay.summary()
    expect({ accepted, delivered, bounced }).toEqual({
      accepted: stages.length,
      delivered: stages.length,
      bounced: undefined,
    })
  },
)
