import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually, Gate } from '../kit/facts.ts'
import { deliveredTimes, judge, Load, numberOf } from '../kit/load.ts'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { settled } from '../kit/under-load.ts'
import { isRoot } from './needs.ts'
import { fill, smallDisk } from './small-disk.ts'

test.skipIf(!isRoot)(
  'while the disk is full mail is refused for now and what is queued still goes; with room all is as before',
  async () => {
    using disk = smallDisk(160)
    await using sink = await startRemote()
    await using relay = await startRelay({
      route: sink.route,
      dataDir: join(disk.path, 'var'),
      settings: { delivery: { retry_first: '200ms' } },
    })
    // Half of the load comes before the disk is full, half when it is: none of it may be through before that.
    const full = new Gate()
    using load: Load = new Load({
      connect: () => relay.smtp(),
      bodyBytes: 20_000,
      leave: async () => {
        if (load.accepted >= 200) await full.pass()
      },
    })
    const run = load.run(400)
    await eventually('a load', () => load.accepted >= 100 || undefined)
    const fillers: string[] = []
    await using client = await relay.smtp()
    await eventually('a refusal', async () => {
      // The log gives back what it has, and may end the want of room so
      fillers.push(join(disk.path, `filler-${fillers.length}`))
      fill(fillers.at(-1) ?? '')
      const reply = await client.submit({ to: 'refused@dest.test' })
      await client.command('RSET', /^250/)
      return /^452 4\.3\.1 /.test(reply) || undefined
    })
    full.open()
    const accepted = load.accepted
    for (const filler of fillers) rmSync(filler)
    await eventually('mail again', () => load.accepted > accepted || undefined)
    await run
    const ledger = await settled(relay)
    const sunk = sink.accepted
      .map((message) => ({ number: numberOf(message), atMs: message.times.mail }))
      .filter(({ number }) => number !== '')
    const verdict = judge(load.known, sunk, deliveredTimes(await relay.events()), [])
    expect(verdict).toMatchObject({ accepted: 400, lost: [], sentAfterRefusal: [] })
    expect(ledger).toMatchObject({ open: 0, difference: 0 })
  },
)
