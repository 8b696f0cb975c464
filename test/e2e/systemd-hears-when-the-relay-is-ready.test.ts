import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from '../kit/facts.ts'
import { startRedis } from '../kit/redis-server.ts'
import { startRelay } from '../kit/relay.ts'
import { tempFolder } from '../kit/temp-folder.ts'

/** A program in the place of systemd's own, which needs a datagram socket to speak to; and what it was told. */
function listen(folder: string) {
  const heard = join(folder, 'heard')
  const program = join(folder, 'systemd-notify')
  writeFileSync(program, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> ${heard}\n`)
  chmodSync(program, 0o755)
  const path = `${folder}:${process.env['PATH'] ?? '/usr/bin:/bin'}`
  // The shell makes the file before it writes the line
  const notices = (): string[] =>
    existsSync(heard) ? (readFileSync(heard, 'utf8').match(/.+(?=\n)/g) ?? []) : []
  return {
    environment: { NOTIFY_SOCKET: '/run/notify', PATH: path },
    notices,
    /** All notices up to the first one that is like this. */
    until: (like: RegExp) =>
      eventually(`a notice like ${String(like)}`, () => {
        const all = notices()
        const at = all.findIndex((one) => like.test(one))
        return at < 0 ? undefined : all.slice(0, at + 1)
      }),
  }
}

test('a service manager hears READY=1 when the relay is ready, and STOPPING=1 when it ends', async () => {
  using folder = tempFolder()
  const { environment, until } = listen(folder.path)
  await using relay = await startRelay({ environment })
  const ready = '/run/notify READY=1 STATUS=Sandbox: all mail is swallowed, nothing leaves.'
  expect((await until(/READY=1/)).at(-1)).toBe(ready)
  expect(await relay.stop()).toMatchObject({ code: 0 })
  expect((await until(/STOPPING=1/)).at(-1)).toBe('/run/notify STOPPING=1')
})

test('it does not hear READY=1 before Redis can be used, may not end the start meanwhile, and hears what is wrong then and later', async () => {
  using folder = tempFolder()
  const { environment, notices, until } = listen(folder.path)
  const socket = join(folder.path, 'redis.sock')
  await using relay = await startRelay({ environment, settings: { redis: { socket } } })
  const waiting = await until(/STATUS=Redis is away, .*: mail is accepted, not delivered\./)
  expect(waiting.join('\n')).not.toContain('READY=1')
  expect(waiting[0]).toMatch(/ EXTEND_TIMEOUT_USEC=120000000$/)
  await using client = await relay.smtp()
  expect(await client.submit({ to: 'user@dest.test' })).toMatch(/^250 /)
  expect(notices().join('\n')).not.toContain('READY=1')

  await using redis = await startRedis(socket)
  await until(/ READY=1 STATUS=Sandbox/)
  await relay.until({ delivered: 1 })
  const pid = relay.kill('delivery', 'SIGSTOP')
  await until(new RegExp(` STATUS=delivery \\(process ${pid}\\) does not answer: mail is accepted`))
  process.kill(pid, 'SIGCONT')
  await eventually('that all is well again', () =>
    / STATUS=Sandbox/.test(notices().at(-1) ?? '') ? true : undefined,
  )
  await redis.kill()
  await eventually('that Redis is away', () =>
    / STATUS=Redis is away/.test(notices().at(-1) ?? '') ? true : undefined,
  )
  expect(notices().filter((one) => one.includes('READY=1'))).toHaveLength(1)
})
