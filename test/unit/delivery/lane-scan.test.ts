import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { LaneScan } from '../../../src/delivery/lane-scan.ts'

const pages: Record<string, string | null> = { '': 'b', b: 'd', d: null }

function scanOf() {
  const looked: (string | null)[] = []
  const stop = new AbortController()
  const scan = new LaneScan((after) => {
    looked.push(after)
    return pages[after ?? ''] ?? null
  }, stop.signal)
  return { scan, looked, stop }
}

describe('a look over all lanes', () => {
  it('leaves the others a turn between its pages', async () => {
    const { scan, looked } = scanOf()
    const done = scan.run()
    const seen = [looked.length]
    for (let n = 0; n < 4; n++) {
      await turn()
      seen.push(looked.length)
    }
    await done
    expect(seen).toEqual([1, 2, 3, 3, 3])
    expect(looked).toEqual([null, 'b', 'd'])
  })

  it('begins again when everything is to be looked at from now on', async () => {
    const { scan, looked } = scanOf()
    const done = scan.run()
    await turn()
    await scan.run()
    await done
    expect(looked).toEqual([null, 'b', null, 'b', 'd'])
  })

  it('is due when it is wanted, and not while it goes on', async () => {
    const { scan } = scanOf()
    expect(scan.isDue).toBe(false)
    scan.want()
    expect(scan.isDue).toBe(true)
    const done = scan.run()
    scan.want()
    expect(scan.isDue).toBe(false)
    await done
  })

  it('goes no further once it is to stop', async () => {
    const { scan, looked, stop } = scanOf()
    const done = scan.run()
    stop.abort()
    await done
    expect(looked).toEqual([null])
  })
})
