import { describe, expect, it } from 'vitest'
import { reportOutcomes } from '../../../src/delivery/report-outcomes.ts'
import type { Outcome } from '../../../src/words/outcome.ts'
import { CorruptContent } from '../../../src/store/protocol/reader.ts'
import { hour } from '../../../src/time/clock.ts'
import { envelopeTo, silent } from './envelope.ts'

const now = 1_800_000_000_000
const reply = { code: 550, enhanced: '5.1.1', text: 'no', host: 'mx.example' }
const settings = {
  hostname: 'relay.example',
  lifetimeMs: hour,
  delayNoticeMs: 0,
  passedOn: false,
  tried: new Set([65536, 65537, 65538, 65539]),
  log: silent,
}
const content = [Buffer.from('Subject: x\r\n\r\nhello\r\n')]

const end = (kind: 'delivered' | 'bounced' | 'expired', index = 0): Outcome => ({
  recipient: 65536 + index,
  kind,
  reply,
})
const report = (notify: (string[] | null)[], outcomes: Outcome[], change = {}) =>
  reportOutcomes(envelopeTo(notify), outcomes, content, { ...settings, ...change }, now)

describe('a report to the sender', () => {
  it('goes without the message where that is damaged', async () => {
    const damaged = {
      async *[Symbol.asyncIterator]() {
        yield await Promise.resolve(Buffer.from('Subject: x\r\n'))
        throw new CorruptContent('damaged')
      },
    }
    const dsn = await reportOutcomes(envelopeTo([null]), [end('bounced')], damaged, settings, now)
    expect(String(dsn?.bytes)).toContain('u0@y.example')
    expect(String(dsn?.bytes)).not.toContain('Subject: x')
  })

  it('counts no try where there was none', async () => {
    const words = async (...tried: number[]) =>
      String((await report([null], [end('expired')], { tried: new Set(tried) }))?.bytes)
    expect(await words(65536)).toContain('Last-Attempt-Date')
    expect(await words()).not.toContain('Last-Attempt-Date')
  })

  it('tells of all that failed in this try, in one message', async () => {
    const dsn = await report(
      [null, null, null],
      [end('bounced', 0), end('delivered', 1), end('expired', 2)],
    )
    const text = dsn?.bytes.toString() ?? ''
    expect(text).toContain('Final-Recipient: rfc822; u0@y.example')
    expect(text).not.toContain('Final-Recipient: rfc822; u1@y.example')
    expect(text).toContain('Final-Recipient: rfc822; u2@y.example')
  })

  it('names whom it tells of: not who went well, nor who wants to hear nothing', async () => {
    const outcomes = [end('bounced', 0), end('delivered', 1), end('expired', 2), end('bounced', 3)]
    const dsn = await report([null, null, ['NEVER'], ['FAILURE']], outcomes)
    expect(dsn?.message.about).toEqual([65536, 65539])
  })

  it('is not made of what is tried again or went well', async () => {
    const deferred: Outcome = { recipient: 65536, kind: 'deferred', dueAt: now, reply }
    expect(await report([null], [deferred])).toBeNull()
    expect(await report([null], [end('delivered')])).toBeNull()
  })

  it('tells of success only who asked for it, and only where the host does not', async () => {
    expect((await report([['SUCCESS']], [end('delivered')]))?.bytes.toString()).toContain(
      'Action: relayed',
    )
    expect(await report([['SUCCESS']], [end('delivered')], { passedOn: true })).toBeNull()
    expect(await report([['FAILURE']], [end('delivered')])).toBeNull()
  })

  it('is not made for who wants to hear nothing', async () => {
    expect(await report([['NEVER']], [end('bounced')])).toBeNull()
  })
})

describe('a delay', () => {
  const deferred: Outcome = {
    recipient: 65536,
    kind: 'deferred',
    dueAt: now + hour,
    reply: { code: 451, enhanced: '4.7.1', text: 'later', host: 'mx.example' },
  }
  // Accepted an hour ago
  const envelope = (notify: string[] | null, lastAt: number | null = now - hour / 2) => {
    const made = envelopeTo([notify])
    return { ...made, recipients: made.recipients.map((each) => ({ ...each, lastAt })) }
  }
  const noticeOf = (about: ReturnType<typeof envelope>, delayNoticeMs = hour / 3) =>
    reportOutcomes(about, [deferred], content, { ...settings, delayNoticeMs }, now)

  it('is told to a sender who asked for it, at the first try in vain after the time', async () => {
    const dsn = await noticeOf(envelope(['FAILURE', 'DELAY'], now - hour + 1))
    const text = dsn?.bytes.toString() ?? ''
    expect(dsn?.message).toMatchObject({ submitter: { kind: 'system', id: 'delay' }, sender: '' })
    expect(text).toContain('Subject: Your message is delayed')
    expect(text).toContain('Action: delayed\r\nStatus: 4.7.1\r\n')
    expect(text).toMatch(/Will-Retry-Until: .*\r\n/)
    // RFC 3461 §4.3
    expect(text).toContain('Content-Type: text/rfc822-headers')
    expect(await noticeOf(envelope(['DELAY'], null))).not.toBeNull()
  })

  it('is told once: not again at the next try', async () => {
    expect(await noticeOf(envelope(['DELAY'], now - hour / 2))).toBeNull()
  })

  it('is not told before its time, to nobody who did not ask, and never of a bounce message', async () => {
    const early = now - hour + 1
    expect(await noticeOf(envelope(['DELAY'], early), 2 * hour)).toBeNull()
    expect(await noticeOf(envelope(['DELAY'], early), 0)).toBeNull()
    for (const notify of [null, ['FAILURE'], ['NEVER']]) {
      expect(await noticeOf(envelope(notify, early))).toBeNull()
    }
    expect(await noticeOf({ ...envelope(['DELAY'], early), sender: '' })).toBeNull()
  })
})
