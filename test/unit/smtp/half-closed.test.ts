import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { doorForAllTests, type FrontDoor } from './front-door.ts'

let door: FrontDoor
doorForAllTests((opened) => (door = opened), { SLUICE_RELAY_TRUSTED_NETWORKS: '127.0.0.1' })

const transaction = [
  'MAIL FROM:<a@example.org>',
  'RCPT TO:<b@example.net>',
  'DATA',
  'Subject: piped',
  '',
  'body',
  '.',
]
const dialogue = (...lines: string[]): string => `${lines.join('\r\n')}\r\n`

/** All that the other side says to a client that says all at once and ends its side. */
async function answersTo(said: string, what: 'starttls' | 'implicit'): Promise<string> {
  const where = { host: '127.0.0.1', port: door.port(what), allowHalfOpen: true }
  const socket =
    what === 'implicit' ? connectTls({ ...where, rejectUnauthorized: false }) : connect(where)
  let heard = ''
  socket.setEncoding('latin1').on('data', (text: string) => (heard += text))
  socket.end(said)
  await new Promise((resolve, reject) => socket.once('close', resolve).once('error', reject))
  return heard
}

const codes = (text: string): string =>
  [...text.matchAll(/^(\d{3})(?: |$)/gm)].map(([, code]) => code).join(' ')

describe.each(['starttls', 'implicit'] as const)('who has said all on the %s port', (what) => {
  test('with the final dot hears that his message is taken', async () => {
    const heard = await answersTo(dialogue('EHLO x', ...transaction), what)
    expect(codes(heard)).toBe('220 250 250 250 354 250')
    expect((await door.stored(heard.trimEnd().split('\r\n').at(-1) ?? '')).message.subject).toBe(
      'piped',
    )
  })

  test('in several messages and QUIT hears all answers', async () => {
    const heard = await answersTo(dialogue('EHLO x', ...transaction, ...transaction, 'QUIT'), what)
    expect(codes(heard)).toBe('220 250 250 250 354 250 250 250 354 250 221')
  })

  test('in the midst of a message is hung up on, and nothing is kept', async () => {
    const before = (await door.reader.ledger()).accepted
    const heard = await answersTo(dialogue('EHLO x', ...transaction.slice(0, -1)), what)
    expect(codes(heard)).toBe('220 250 250 250 354')
    expect((await door.reader.ledger()).accepted).toBe(before)
  })

  test('in the midst of a command, or with nothing, is hung up on', async () => {
    expect(codes(await answersTo('EHLO x\r\nNOO', what))).toBe('220 250')
    expect(codes(await answersTo('', what))).toBe('220')
  })
})
