import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dataPaths } from '../../src/config/paths.ts'
import { StoreClient } from '../../src/store/protocol/client.ts'
import { spawnForTest } from '../kit/child.ts'
import { projectRoot } from '../kit/imports.ts'
import { accept, aProcess, messageTo } from '../kit/store.ts'
import { tempFolder } from '../kit/temp-folder.ts'
import { has } from './needs.ts'

test.skipIf(!has('strace'))(
  'a quota that is used up at work ends the relay with a line that says so, and no word of a failing disk',
  async () => {
    using folder = tempFolder()
    const { database, storeSocket } = dataPaths(folder.path)
    const files = ['-P', `${database}-wal`, '-P', join(folder.path, 'room-probe')]
    // The start takes 160 writes or so
    const quota = ['pwrite64:error=EDQUOT:when=400+', 'write:error=EDQUOT']
    const store = spawnForTest(
      'strace',
      [
        ...['-f', '-qq', '-o', '/dev/null', ...files],
        ...quota.flatMap((fault) => ['-e', `inject=${fault}`]),
        ...[process.execPath, 'src/bin/process.ts', 'store'],
      ],
      {
        cwd: projectRoot,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, SLUICE_CONFIG: '/dev/null', SLUICE_DATA_DIR: folder.path },
      },
    )
    let said = ''
    store.stderr.on('data', (text: Buffer) => (said += text.toString()))
    const ended = once(store, 'close')
    const client = new StoreClient({ socketPath: storeSocket, principal: aProcess })
    await client.whenConnected()
    const large = Buffer.alloc(200_000, 'x')
    const message = () => messageTo(['a@d.test'], { sizeBytes: large.length })
    await expect(
      (async () => {
        for (let n = 0; n < 100; n++) await accept(client, message(), large)
      })(),
    ).rejects.toThrow()
    const [status] = (await ended) as [number | null]
    client.close()
    expect(said).toMatch(
      /^data_dir: the quota on .* is used up .*start again: nothing .* is lost\n$/,
    )
    expect(status).toBe(78)
  },
)
