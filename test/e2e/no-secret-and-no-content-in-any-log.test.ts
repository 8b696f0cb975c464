import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addAccount } from '../kit/admit.ts'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

test('at the most talkative level no log holds a password, a key, a subject or a line of a body', async () => {
  await using remote = await startRemote({
    rcpt: (address) => (address.startsWith('gone') ? '550 5.1.1 gone' : '250 2.1.5 ok'),
  })
  await using relay = await startRelay({
    route: remote.route,
    settings: { log: { level: 'trace' } },
  })
  const login = await addAccount(relay.dataDir, 'canary')
  for (const method of ['PLAIN', 'LOGIN'] as const) {
    await using client = await relay.smtp({ as: login, method })
    const bytes = 'Subject: canary-subject\r\n\r\ncanary-body\r\n'
    await client.submit({ to: ['user@dest.test', 'gone@dest.test'], bytes })
  }
  await using thief = await relay.smtp({ as: null })
  await thief.command(`AUTH PLAIN ${base64(`\0${login.account}\0canary-guess`)}`, /^535/)
  await thief.command(`AUTH PLAIN ${base64('canary-broken')}`, /^5/)
  await relay.api('/queue/messages', { key: `${relay.key}x` })
  await relay.cli(['account', 'passwd', 'canary', '--password-stdin'], 'canary-changed-password\n')
  await relay.until({ delivered: 4, bounced: 2 })
  const { output } = await relay.stop()

  const folder = join(relay.dataDir, 'log')
  const logs = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'))
  const everything = [output, ...logs].join('\n')
  expect(everything.length).toBeGreaterThan(1000)
  const secrets = [
    login.password,
    base64(login.password),
    base64(`\0${login.account}\0${login.password}`),
    relay.login.password,
    relay.key,
    'canary-guess',
    base64(`\0${login.account}\0canary-guess`),
    'canary-broken',
    base64('canary-broken'),
    'canary-changed-password',
    'canary-subject',
    'canary-body',
  ]
  expect(secrets.filter((secret) => everything.includes(secret))).toEqual([])
})
