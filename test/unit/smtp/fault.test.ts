import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSettings } from '../../../src/config/load-settings.ts'
import type { SmtpServer } from '../../../src/smtp/smtp-context.ts'
import { startSmtp } from '../../../src/smtp/start-smtp.ts'
import type { CommandPort } from '../../../src/store/protocol/client.ts'
import { RefusalCounts } from '../../../src/submission/refusal-counts.ts'
import type { Submission } from '../../../src/submission/submission.ts'
import { testCertificate } from '../../kit/certificate.ts'
import { Conversation } from '../../kit/smtp-conversation.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

/** Which use case fails, and whether at once or later; the others are as good as it takes to get there. */
let failing = ''
const at = <T>(name: string, result: T): T => {
  if (failing === name) throw new Error(`fault in ${name}`)
  return result
}
const draft = { id: 'x', submitter: { kind: 'network', id: 'test' }, recipients: new Map() }
const faulty = {
  trust: () => at('trust', { kind: 'network', id: 'test' }),
  logIn: () => Promise.resolve().then(() => at('logIn', { kind: 'wrong', account: '' })),
  begin: () => at('begin', draft),
  addRecipient: () => at('addRecipient', null),
  open: () =>
    at('open', {
      take: (octets: Buffer) => at('take', octets.includes('\r\n.\r\n') ? octets.length : null),
      abandon: () => undefined,
    }),
  accept: () => Promise.resolve().then(() => at('accept', { kind: 'accepted', id: 'x' })),
}

/** Counts nothing. */
const noStore: CommandPort = { send: () => new Promise(() => undefined), as: () => noStore }

const folder = tempFolder()
const logged: string[] = []
let server: SmtpServer
beforeAll(async () => {
  const config = join(folder.path, 'sluice.toml')
  writeFileSync(config, '')
  const log = (fields: object, message: string): void =>
    void logged.push(`${message} ${String((fields as { err?: unknown }).err)}`)
  server = await startSmtp({
    settings: loadSettings({
      SLUICE_CONFIG: config,
      SLUICE_SUBMISSION_LISTEN: '127.0.0.1:0',
      SLUICE_SUBMISSION_LISTEN_TLS: '127.0.0.1:0',
    }),
    submission: faulty as unknown as Submission,
    refusals: new RefusalCounts(noStore),
    log: { debug: log, info: log, warn: log, error: log },
    folder: join(folder.path, 'haraka'),
    tls: { cert: testCertificate.certPath, key: testCertificate.keyPath },
    patience: { failedLoginDelayMs: 0 },
  })
})
afterAll(async () => {
  await server.close()
  folder[Symbol.dispose]()
})

const port = (address = ''): number => Number(address.split(':').pop())

async function connect(): Promise<Conversation> {
  const client = await Conversation.connect('127.0.0.1', port(server.ports.implicit[0]), true)
  await client.expect(/^220 /)
  await client.ehlo()
  return client
}

test.each([
  ['begin', /^451 4\.3\.0 /],
  ['addRecipient', /^451 4\.3\.0 /],
  ['open', /^451 4\.3\.0 /],
  ['accept', /^451 4\.3\.0 /],
])('a fault in %s is a temporary failure, and the session goes on', async (name, reply) => {
  await using client = await connect()
  failing = name
  expect(await client.submit({ to: 'b@example.net' })).toMatch(reply)
  expect(logged.slice(-2)).toEqual([
    `hook failed Error: fault in ${name}`,
    expect.stringMatching(/^refused /),
  ])
  failing = ''
  await client.command('RSET', /^250/)
  expect(await client.submit({ to: 'b@example.net' })).toMatch(/^250 2\.0\.0 queued as x/)
})

test('a fault in a login is a temporary failure and no login', async () => {
  await using client = await connect()
  failing = 'logIn'
  await client.command(`AUTH PLAIN ${Buffer.from('\0a\0b').toString('base64')}`, /^451 4\.3\.0 /)
  failing = ''
  await client.command('NOOP', /^250/)
})

test('a fault while octets come in ends this session alone', async () => {
  await using bystander = await connect()
  await using client = await connect()
  failing = 'take'
  expect(await client.submit({ to: 'b@example.net' })).toMatch(/^421 4\.3\.0 /)
  expect(await client.ended()).toBe('')
  failing = ''
  await bystander.command('NOOP', /^250/)
})

test('a fault at the door lets nobody in', async () => {
  failing = 'trust'
  await using client = await Conversation.connect('127.0.0.1', port(server.ports.starttls[0]))
  await client.expect(/^421 4\.3\.0 /)
  expect(await client.ended()).toBe('')
  failing = ''
})

test('nothing of all this got into Haraka’s own queue', () => {
  expect(existsSync(join(folder.path, 'haraka', 'queue'))).toBe(false)
})
