import { expect, test } from 'vitest'
import { Gate } from '../kit/facts.ts'
import { startRelay, type Relay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { idIn } from '../kit/smtp-conversation.ts'

const deaths: [string, (relay: Relay) => Promise<unknown>][] = [
  ['delivery', (relay) => relay.killAndAwaitReturn('delivery')],
  [
    'store and delivery',
    (relay) =>
      Promise.all([relay.killAndAwaitReturn('store'), relay.killAndAwaitReturn('delivery')]),
  ],
  [
    'the whole relay',
    async (relay) => {
      await relay.stop('SIGKILL')
      await relay.start()
    },
  ],
]

test.each(deaths)(
  'kill -9 of %s while a host has the mail leaves a try with an unknown outcome, and its wait',
  async (_, die) => {
    const gate = new Gate()
    await using remote = await startRemote({
      dot: gate.before('250 2.0.0 ok'),
    })
    await using relay = await startRelay({
      route: remote.route,
      settings: { delivery: { retry_first: '1h', retry_longest: '1h' } },
    })
    await using client = await relay.smtp()
    const id = idIn(await client.submit({ to: 'user@dest.test' }))
    await gate.reached()
    await die(relay)
    gate.open()
    await relay.until({ deferred: 1 })

    const { body: attempts } = await relay.api(`/queue/messages/${id}/attempts`)
    expect(attempts).toMatchObject({
      data: [{ recipients: ['user@dest.test'], host: null, code: null }],
    })
    const why = await relay.cli(['why', id])
    expect(why.output).toMatch(
      /waiting for the next try in .* whether a host took it is not known/s,
    )

    // Sent again on somebody's word alone: nothing else was on its way.
    expect(remote.messages).toHaveLength(1)
    await relay.cli(['retry', id])
    await relay.until({ delivered: 1 })
    expect(remote.messages).toHaveLength(2)
    const { body: ledger } = await relay.api('/ledger')
    expect(ledger).toMatchObject({ accepted: 1, settled: 1, open: 0, difference: 0 })
  },
)
