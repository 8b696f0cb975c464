import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { idIn } from '../kit/smtp-conversation.ts'
import { eventually } from '../kit/facts.ts'

test('sluice log tells what happened to a message, from its acceptance to the bounce message', async () => {
  await using remote = await startRemote({
    rcpt: (address) => (address.startsWith('no') ? '550 5.1.1 no such user' : '250 2.1.5 ok'),
  })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  const id = idIn(await client.submit({ to: ['yes@dest.test', 'no@dest.test'] }))
  await relay.until({ delivered: 2, bounced: 1 })

  const lines = await eventually('all lines', async () => {
    const { output } = await relay.cli(['log', id, '--json'])
    const read = output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    return read.length === 4 ? read : undefined
  })
  const [accepted, ...rest] = lines
  expect(accepted).toMatchObject({
    name: 'smtp',
    msg: 'message accepted',
    id,
    submitter: `account:${relay.login.account}`,
    sender: 'sender@customer.test',
    recipients: 2,
    tls: expect.stringMatching(/^TLSv1\.[23] TLS_/) as string,
  })
  expect(rest).toContainEqual(
    expect.objectContaining({ id, recipient: 'yes@dest.test', status: 'delivered', code: 250 }),
  )
  expect(rest).toContainEqual(
    expect.objectContaining({
      id,
      recipient: 'no@dest.test',
      status: 'bounced',
      enhanced: '5.1.1',
    }),
  )
  expect(rest).toContainEqual(expect.objectContaining({ msg: 'bounce message queued', about: id }))
  expect((await relay.cli(['log', 'NO@dest.test'])).output).toMatch(
    /status=bounced .*\(550 5\.1\.1/,
  )
})

test('the supervisor tells of restarts in its own log, and each process writes its own', async () => {
  await using relay = await startRelay()
  const logDir = join(relay.dataDir, 'log')
  relay.kill('api')
  await eventually('the line', () =>
    readFileSync(join(logDir, 'supervisor.log'), 'utf8').includes('api ended (SIGKILL)')
      ? true
      : undefined,
  )
  const names = ['api', 'delivery', 'redis', 'smtp', 'store', 'supervisor'].map((n) => `${n}.log`)
  // Lines wait for up to half a second
  await eventually('all logs', () =>
    readdirSync(logDir).sort().join() === names.join() ? true : undefined,
  )
  for (const name of names) expect(statSync(join(logDir, name)).mode & 0o777).toBe(0o600)
})
