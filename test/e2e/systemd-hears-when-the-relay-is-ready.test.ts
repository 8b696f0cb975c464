import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from '../kit/facts.ts'
import { startRelay } from '../kit/relay.ts'
import { tempFolder } from '../kit/temp-folder.ts'

test('a service manager hears READY=1 when the relay is ready, and STOPPING=1 when it ends', async () => {
  using folder = tempFolder()
  const heard = join(folder.path, 'heard')
  const program = join(folder.path, 'systemd-notify')
  // In the place of systemd's own, which needs a datagram socket to speak to.
  writeFileSync(program, `#!/bin/sh\necho "$NOTIFY_SOCKET $1" >> ${heard}\n`)
  chmodSync(program, 0o755)
  const path = `${folder.path}:${process.env['PATH'] ?? '/usr/bin:/bin'}`
  await using relay = await startRelay({
    environment: { NOTIFY_SOCKET: '/run/notify', PATH: path },
  })
  const lines = (count: number) =>
    eventually(`${count} notices`, () => {
      // The shell makes the file before it writes the line
      const said = existsSync(heard) ? (readFileSync(heard, 'utf8').match(/.+(?=\n)/g) ?? []) : []
      return said.length >= count ? said : undefined
    })
  expect(await lines(1)).toEqual(['/run/notify READY=1'])
  expect(await relay.stop()).toMatchObject({ code: 0 })
  expect(await lines(2)).toEqual(['/run/notify READY=1', '/run/notify STOPPING=1'])
})
