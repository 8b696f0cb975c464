import { expect, test } from 'vitest'
import { dataPaths } from '../../src/config/paths.ts'
import { damagePages } from '../kit/damage.ts'
import { startRelay, type Relay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'

/** Which process meets it, in which index, and what has it read there. */
const cases: [string, string, (relay: Relay) => unknown][] = [
  [
    'the API',
    'recipient_by_destination',
    (relay) => relay.api('/queue/messages?destination=dest.test').catch(() => undefined),
  ],
  ['delivery', 'recipient_next_due', (relay) => relay.kill('delivery')],
  ['smtp', 'account', (relay) => relay.smtp().catch(() => undefined)],
  ['the store, at a start', 'recipient_by_state', (relay) => relay.kill('store')],
]

test.each(cases)(
  '%s meets a damaged page in use: one line and status 78',
  async (_, name, meet) => {
    await using remote = await startRemote({ rcpt: '450 4.2.0 later' })
    await using relay = await startRelay({
      route: remote.route,
      settings: { delivery: { retry_first: '1h' } },
    })
    await using client = await relay.smtp()
    for (let n = 0; n < 20; n++) await client.submit({ to: `user${n}@dest.test` })
    await relay.until({ deferred: 20 })
    await relay.stop()
    // All of it lies in the file now, and nobody has read much of it yet.
    await relay.start()
    const { database } = dataPaths(relay.dataDir)
    damagePages(database, name)
    const before = relay.output
    const met = Promise.resolve(meet(relay))
    const { code, output } = await relay.ended()
    await met
    const said = output.slice(before.length)
    expect(said.match(/^data_dir: .*$/gm)).toEqual([
      `data_dir: ${database} is damaged, or a read of it failed — look at the disk (dmesg) and start again; if this comes again, restore a copy with: npx sluice restore FILE`,
    ])
    expect(code).toBe(78)
  },
)
