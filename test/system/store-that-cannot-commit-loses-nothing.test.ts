import { expect, test } from 'vitest'
import { eventually } from '../kit/facts.ts'
import { underLoad } from '../kit/under-load.ts'
import { inject } from './inject.ts'
import { has } from './needs.ts'

/** What the kernel answers to the store under load, as strace injects it: a disk that has no room for a while. */
const faults: [string, string, string][] = [
  ['a full disk at some writes', 'pwrite64', 'error=ENOSPC:when=40..60'],
  ['short writes', 'pwrite64', 'retval=0:when=40..60'],
]

test.skipIf(!has('strace')).each(faults)(
  '%s: what was answered 250 is delivered, what was refused is not, the ledger agrees',
  async (_, calls, fault) => {
    const { verdict, ledger } = await underLoad({
      meanwhile: async ({ relay, load, amidTraffic }) => {
        const before = load.troubles
        const injected = await amidTraffic(() => inject(relay.pid('store'), { calls, fault }))
        await eventually('the fault to be felt', () => load.troubles > before || undefined)
        const accepted = load.accepted
        await eventually(
          'mail taken after the fault',
          () => load.accepted >= accepted + 100 || undefined,
          120_000,
        )
        await injected.stop()
      },
    })
    expect(verdict).toMatchObject({ lost: [], sentAfterRefusal: [] })
    expect(ledger).toMatchObject({ open: 0, difference: 0 })
  },
)
