import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { firstSession } from '../kit/sessions.ts'
import { accept, messageTo, outcome, runTestStore } from '../kit/store.ts'
import { isRoot } from './needs.ts'
import { fill, smallDisk } from './small-disk.ts'

test.skipIf(!isRoot)(
  'on a full disk the store starts at the cost of its ballast, settles what is queued, and says so where there is none',
  async () => {
    using disk = smallDisk(200)
    const folder = disk.path
    const before = await runTestStore(folder)
    const message = await accept(before.client, messageTo(['a@d.test']))
    await before.close()
    expect(readdirSync(folder)).toContain('ballast')
    fill(join(folder, 'filler'))

    const after = await runTestStore(folder)
    const delivered = { ...outcome(message, 'delivered'), session: firstSession + 1 }
    expect(await after.client.send(delivered)).toEqual({ kind: 'ok' })
    await after.close()
    expect(readdirSync(folder)).not.toContain('ballast')

    fill(join(folder, 'filler-2'))
    await expect(runTestStore(folder)).rejects.toThrow(/the disk of .* is full; make room/)
    rmSync(join(folder, 'filler'))
    const again = await runTestStore(folder)
    expect(await again.reader.ledger()).toMatchObject({ delivered: 1, open: 0, difference: 0 })
    await again.close()
  },
)
