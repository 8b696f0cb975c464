import { createHash } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import type { FrontHeader } from '../../../src/delivery/outgoing-content.ts'
import { eventually } from '../../kit/facts.ts'
import { startRemote } from '../../kit/remote.ts'
import { startRedis } from '../queue/redis-server.ts'
import { eventsOf, happened, landed, startDelivery } from './running-delivery.ts'
import { startStoreWithMail } from './store-with-mail.ts'

const offers = ['PIPELINING', 'SIZE 50000000', '8BITMIME']

/** Signs all of a message, as DKIM does: it goes through the whole content before the first byte is sent. */
const signature: FrontHeader = async ({ envelope, content }) => {
  const hash = createHash('sha256')
  for await (const piece of content) hash.update(piece)
  const to = envelope.recipients.map(({ address }) => address).join()
  return Buffer.from(`Test-Signature: ${hash.digest('hex')};\r\n for ${to}\r\n`)
}
const signed = (bytes: Buffer, to: string): Buffer => {
  const hash = createHash('sha256').update(bytes).digest('hex')
  return Buffer.concat([Buffer.from(`Test-Signature: ${hash};\r\n for ${to}\r\n`), bytes])
}

/** What a message is when it goes out, and what a client says of it in MAIL. */
const hidden = 'Bcc: hidden@a.example,\r\n\tother@a.example\r\n'
const body = '\r\nBcc: in the text\r\n'
const long = `${'y'.repeat(900)}\r\n`.repeat(700)
const changed: [string, string, string][] = [
  ['Bcc', `Subject: x\r\n${hidden}To: y\r\n${body}`, `Subject: x\r\nTo: y\r\n${body}`],
  ['Resent-Bcc', `Resent-BCC : z\r\n${body}`, body],
  ['Return-Path', `Return-Path: <a@b>\r\nSubject: x\r\n${body}`, `Subject: x\r\n${body}`],
  [
    'Bcc of a large message',
    `Subject: x\r\n${hidden}${body}${long}`,
    `Subject: x\r\n${body}${long}`,
  ],
  [
    'a Bcc of 600 KB',
    `Subject: x\r\nBcc: z\r\n${' a@a.example,\r\n'.repeat(40_000)}To: y\r\n${body}`,
    `Subject: x\r\nTo: y\r\n${body}`,
  ],
  [
    'Bcc from a header without an end',
    `${hidden}Subject: x\r\ntext\r\n`,
    `Subject: x\r\n\r\ntext\r\n`,
  ],
]

describe('a field that stays behind', () => {
  test('does not go out, and does not count in SIZE', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await using remote = await startRemote({ offers })
    for (const [at, [, kept]] of changed.entries()) {
      await store.accept([`x${at}@a.example`], { route: remote.route }, Buffer.from(kept))
    }
    await using running = await startDelivery(store, redis, { frontHeaders: [signature] })
    for (const { to, bytes, parameters } of await remote.untilAccepted(changed.length)) {
      const [what, , wanted = ''] = changed[Number(/\d+/.exec(to[0] ?? ''))] ?? []
      // A header in front is made of what goes out
      const out = signed(Buffer.from(wanted), to.join())
      expect(bytes.equals(out), what).toBe(true)
      expect(parameters.mail, what).toContain(`SIZE=${out.length}`)
    }
    await landed(running)
  })

  test('stays in the store, and a bounce message returns it', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await using remote = await startRemote({
      offers,
      dot: ({ from }) => (from === '' ? '250 ok' : '550 5.7.1 no'),
    })
    const kept = `Subject: x\r\n${hidden}${body}`
    await store.accept(['x@a.example'], { route: remote.route }, Buffer.from(kept))
    await using running = await startDelivery(store, redis)
    const [bounce] = await remote.untilAccepted(1)
    expect(bounce?.bytes.toString()).toContain(kept)
    await landed(running)
  })
})

describe('a header in front of the message', () => {
  it.each([
    ['small', Buffer.from('Subject: x\r\n\r\n.dotted\r\n')],
    ['large', Buffer.from(`Subject: x\r\n\r\n${`${'y'.repeat(900)}\r\n`.repeat(700)}`)],
  ])('goes out before a %s one, made of all of it, and counts in SIZE', async (_, bytes) => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await using remote = await startRemote({ offers })
    await store.accept(['x@a.example'], { route: remote.route }, bytes)
    await using running = await startDelivery(store, redis, { frontHeaders: [signature] })
    await happened(store, 'delivered', 1)
    const [got] = remote.accepted
    const wanted = signed(bytes, 'x@a.example')
    expect(got?.bytes.equals(wanted)).toBe(true)
    expect(got?.parameters.mail).toContain(`SIZE=${wanted.length}`)
    await landed(running)
  })

  it('is made by each of several in their order; a later one sees what those before it put there', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await using remote = await startRemote({ offers })
    const bytes = Buffer.from('Subject: x\r\n\r\n')
    await store.accept(['x@a.example'], { route: remote.route }, bytes)
    const first: FrontHeader = () => Promise.resolve(Buffer.from('First: 1\r\n'))
    const none: FrontHeader = () => Promise.resolve(Buffer.alloc(0))
    await using running = await startDelivery(store, redis, {
      frontHeaders: [first, none, signature],
    })
    await happened(store, 'delivered', 1)
    const afterFirst = Buffer.concat([Buffer.from('First: 1\r\n'), bytes])
    expect(remote.accepted[0]?.bytes.toString()).toBe(signed(afterFirst, 'x@a.example').toString())
    await landed(running)
  })

  it.each<[string, FrontHeader]>([
    ['can not be made', () => Promise.reject(new Error('the key is away'))],
    ['would end the header', () => Promise.resolve(Buffer.from('A: 1\r\n\r\n'))],
    ['lacks its line end', () => Promise.resolve(Buffer.from('A: 1'))],
    ['is no field', () => Promise.resolve(Buffer.from('hello\r\n'))],
  ])('that %s puts the message off, asks no host, and is tried again', async (_, broken) => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await using remote = await startRemote({ offers })
    const key = await store.accept(['x@a.example', 'y@a.example'], { route: remote.route })
    let isBroken = true
    const frontHeaders: FrontHeader[] = [
      (message, signal) => (isBroken ? broken : signature)(message, signal),
    ]
    const schedule = { firstMs: 500, longestMs: 500, factor: 1 }
    await using running = await startDelivery(store, redis, { frontHeaders, schedule })
    await happened(store, 'deferred', 2)
    expect(remote.connections).toBe(0)
    const { attempts } = await store.reader.attempts(key, { after: null, limit: 10 })
    expect(attempts[0]).toMatchObject({
      code: 451,
      host: null,
      text: expect.stringContaining('prepared') as string,
    })
    expect(running.said.join()).toContain('a header could not be made')
    isBroken = false
    await happened(store, 'delivered', 2)
    await landed(running)
  })

  it('reads damaged content no further: the message is held, as without it', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await store.accept(['x@a.example'], { route: 'sandbox' }, Buffer.alloc(300_000, 'x'))
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(store.databasePath)
    database.exec("UPDATE chunk SET bytes = CAST('Subject: y' AS BLOB)")
    database.close()
    await using running = await startDelivery(store, redis, { frontHeaders: [signature] })
    await eventually('held', async () =>
      (await eventsOf(store)).includes('content_corrupt') ? true : undefined,
    )
    expect(await eventsOf(store)).not.toContain('deferred')
    await landed(running)
  })
})
