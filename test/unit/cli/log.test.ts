import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, test, vi } from 'vitest'
import { run } from '../../../src/cli/log.ts'
import { projectRoot } from '../../../src/config/paths.ts'
import { LogFile, logPath } from '../../../src/log/log-file.ts'
import { rfc3339, systemClock } from '../../../src/time/clock.ts'
import { spawnForTest } from '../../kit/child.ts'
import { tempFolder } from '../../kit/temp-folder.ts'
import { say } from './terminal.ts'

let dispose = (): void => undefined
afterEach(() => {
  vi.unstubAllEnvs()
  dispose()
})

const id = '01JDEXAMPQE000000000000000'

const accepted = {
  level: 'info',
  time: '2026-11-30T10:00:00.100Z',
  name: 'smtp',
  id,
  client: '192.0.2.7',
  helo: 'shop',
  tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384',
  sender: 'shop@own.example',
  recipients: 1,
  delay: 0.2,
  delays: { receive: 0.19, store: 0.01 },
  msg: 'message accepted',
}
const tried = {
  level: 'info',
  time: '2026-11-30T10:00:01.000Z',
  name: 'delivery',
  id,
  sender: 'shop@own.example',
  recipient: 'carol@example.net',
  status: 'deferred',
  host: 'mx.example.net',
  address: null,
  code: 450,
  enhanced: '4.2.1',
  text: 'try\u001b[2J later',
  msg: 'recipient tried',
}
const started = { level: 'info', time: '2026-11-30T09:00:00.000Z', name: 'smtp', msg: 'ready' }

const lines = (...records: object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('')

/** A data folder with logs of a relay that is not running. */
function stoppedRelay() {
  const folder = tempFolder()
  const logDir = join(folder.path, 'log')
  mkdirSync(logDir)
  writeFileSync(join(logDir, 'delivery.log'), lines(tried))
  writeFileSync(join(logDir, 'smtp.log.1'), lines(started, accepted))
  vi.stubEnv('SLUICE_CONFIG', '/dev/null')
  vi.stubEnv('SLUICE_DATA_DIR', folder.path)
  dispose = () => folder[Symbol.dispose]()
  return { folder, logDir }
}

const acceptedLine = `2026-11-30T10:00:00.100Z smtp ${id}: message accepted client=192.0.2.7 helo=shop tls="TLSv1.3 TLS_AES_256_GCM_SHA384" sender=<shop@own.example> recipients=1 delay=0.2 delays=0.19/0.01\n`
const triedLine = `2026-11-30T10:00:01.000Z delivery ${id}: recipient tried sender=<shop@own.example> recipient=<carol@example.net> status=deferred host=mx.example.net (450 4.2.1 try\\u001b[2J later)\n`

test('the lines of a message come from all logs in the order of time, while no relay runs', async () => {
  stoppedRelay()
  const all = { status: 0, out: acceptedLine + triedLine, err: '' }
  expect(await say(run, [id])).toEqual(all)
  expect(await say(run, ['SHOP@own.example'])).toEqual(all)
  expect(await say(run, [])).toEqual(all)
  expect((await say(run, ['*@example.net'])).out).toBe(triedLine)
  expect((await say(run, ['--all'])).out.split('\n')).toHaveLength(4)
})

test('--json prints the lines as they are, what would steer a terminal escaped', async () => {
  stoppedRelay()
  const { out } = await say(run, [id, '--json'])
  expect(
    out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as unknown),
  ).toEqual([accepted, tried])
  expect(out).not.toContain('\u001b')
})

test('nothing found is told: what was looked for, where, and how far back the logs go', async () => {
  const { logDir, folder } = stoppedRelay()
  expect(await say(run, ['Nobody@example.net'])).toEqual({
    status: 1,
    out: '',
    err: `sluice: mail from or to nobody@example.net is not in the logs in ${logDir}, which begin at ${started.time}\n`,
  })
  const other = id.replace('E', 'F')
  expect((await say(run, [other, '--json'])).err).toContain(`message ${other} is not in the logs`)
  expect((await say(run, ['--since', '5m'])).err).toMatch(/any mail is not in .* since \d{4}-/)
  rmSync(logDir, { recursive: true })
  expect((await say(run, ['--all'])).err).toBe(
    `sluice: any line is not in the logs: there are none in ${folder.path}/log\n`,
  )
})

test('nothing found is status 1; an argument that means nothing is a wrong usage', async () => {
  stoppedRelay()
  expect((await say(run, ['--since', '5m'])).status).toBe(1)
  for (const args of [['nobody'], [id, id], ['--since', 'long'], ['--all', id]]) {
    expect((await say(run, args)).status).toBe(64)
  }
})

test('--follow prints lines as they come, across a rotation', async () => {
  const relay = stoppedRelay()
  const child = spawnForTest(process.execPath, ['src/bin/main.ts', 'log', id, '-f', '--json'], {
    cwd: projectRoot,
    env: { ...process.env, SLUICE_CONFIG: '/dev/null', SLUICE_DATA_DIR: relay.folder.path },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const seen = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => {
    const { value } = (await seen.next()) as { value: string }
    return (JSON.parse(value) as Record<string, unknown>)['msg']
  }
  expect([await next(), await next()]).toEqual(['message accepted', 'recipient tried'])
  const file = new LogFile(logPath(relay.logDir, 'delivery'), { maxBytes: 200, files: 5 })
  const add = (msg: string): void => {
    file.append(Buffer.from(lines({ ...tried, time: rfc3339(systemClock.now()), msg })))
  }
  for (const msg of ['one', 'two', 'three']) {
    add(msg)
    expect(await next()).toBe(msg)
  }
  const gone = once(child, 'exit')
  child.kill('SIGINT')
  await gone
})
