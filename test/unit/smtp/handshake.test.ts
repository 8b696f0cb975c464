import { connect } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { expect, test } from 'vitest'
import { eventually } from '../../kit/facts.ts'
import { Conversation } from '../../kit/smtp-conversation.ts'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

let door: FrontDoor
doorForAllTests((opened) => (door = opened), {}, { handshakeMs: 1000 })

const failures = (): Record<string, unknown>[] =>
  door.logged
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ message }) => message === 'TLS handshake failed')

/** What is logged of the handshake that `fail` begins. */
async function logged(fail: () => unknown): Promise<Record<string, unknown> | undefined> {
  const before = failures().length
  await fail()
  await eventually('the handshake has its line', () => failures()[before])
  return failures()[before]
}

const plainText = async (): Promise<void> => {
  const client = await Conversation.connect('127.0.0.1', door.port('implicit'))
  client.write('EHLO device.test\r\n')
}
const oldProtocol: ConnectionOptions = {
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1.1',
  ciphers: 'DEFAULT@SECLEVEL=0',
}
const shake = (options: ConnectionOptions): void =>
  void connectTls({ rejectUnauthorized: false, ...options }).on('error', () => undefined)
const afterStartTls = async (): Promise<Conversation> => {
  const client = await door.connect()
  await client.ehlo()
  await client.command('STARTTLS', /^220/)
  return client
}

test.each<[string, RegExp, () => unknown]>([
  ['plain text on the port for TLS', /^ERR_SSL_/, plainText],
  [
    'an old protocol on the port for TLS',
    /^ERR_SSL_UNSUPPORTED_PROTOCOL$/,
    () => shake({ port: door.port('implicit'), ...oldProtocol }),
  ],
  [
    'silence on the port for TLS',
    /^ERR_TLS_HANDSHAKE_TIMEOUT$/,
    () => connect(door.port('implicit'), '127.0.0.1'),
  ],
  [
    'a reset on the port for TLS',
    /^ECONNRESET$/,
    async () => {
      const client = await Conversation.connect('127.0.0.1', door.port('implicit'))
      client.write(Buffer.from('1603010200', 'hex')).reset()
    },
  ],
  [
    'plain text after STARTTLS',
    /^ERR_SSL_/,
    async () => (await afterStartTls()).write('EHLO device.test\r\n'),
  ],
  ['silence after STARTTLS', /^timed out$/, afterStartTls],
])('a handshake that fails is in the log with address and cause: %s', async (_, reason, fail) => {
  const line = await logged(fail)
  expect(line).toMatchObject({
    level: 'info',
    client: expect.stringMatching(/127\.0\.0\.1$/) as string,
    cause: expect.stringMatching(/^[\w ():-]+$/) as string,
  })
  expect(line?.['reason']).toMatch(reason)
})
