import { describe, expect, it } from 'vitest'
import { decide, type Finding } from '../../../src/delivery/decide.ts'
import { unfitSoFar } from '../../../src/delivery/findings.ts'
import { hour, minute } from '../../../src/time/clock.ts'

const now = 1_800_000_000_000
const schedule = { firstMs: 5 * minute, longestMs: 4 * hour, factor: 2 }
const recipient = { key: 65536, attempts: 0, expiresAt: now + 100 * hour, graceUntil: now }

const replied = (
  code: number,
  stage: 'mail' | 'rcpt' | 'data' | 'dot',
  more: { enhanced?: string; text?: string; acceptedBefore?: number } = {},
): Finding => ({
  kind: 'replied',
  reply: { code, enhanced: more.enhanced ?? null, text: more.text ?? 'said so' },
  stage,
  acceptedBefore: more.acceptedBefore ?? 0,
  host: 'mx.example',
})
const refused: Finding = {
  kind: 'lost',
  cause: 'connection refused',
  enhanced: '4.4.1',
  host: 'mx.example',
}
const outcome = (finding: Finding, facts = recipient) => decide(finding, facts, schedule, now, 0.5)

describe('what becomes of a recipient', () => {
  it('is delivered only by a 2xx after the final dot', () => {
    expect(outcome(replied(250, 'dot')).kind).toBe('delivered')
    expect(outcome(replied(250, 'data')).kind).toBe('deferred')
    expect(outcome(replied(250, 'rcpt')).kind).toBe('deferred')
  })

  for (const stage of ['mail', 'rcpt', 'data', 'dot'] as const) {
    it(`is given up at 5xx and tried again at 4xx to ${stage}`, () => {
      expect(outcome(replied(550, stage)).kind).toBe('bounced')
      expect(outcome(replied(450, stage)).kind).toBe('deferred')
      expect(outcome(replied(421, stage)).kind).toBe('deferred')
    })
  }

  it('is tried again when the conversation, not the message, was at fault', () => {
    expect(outcome(replied(503, 'data')).kind).toBe('deferred')
    expect(outcome(refused).kind).toBe('deferred')
    expect(outcome({ kind: 'unknown', cause: 'timed out', host: 'mx.example' }).kind).toBe(
      'deferred',
    )
    expect(outcome(replied(354, 'dot')).kind).toBe('deferred')
  })

  describe('that was refused in the clear by a host that offers STARTTLS', () => {
    const inClear = (...of: Parameters<typeof replied>) =>
      outcome({ ...replied(...of), clearDespiteOffer: true } as Finding).kind

    it('is tried again where the host may want TLS', () => {
      expect(inClear(530, 'mail', { enhanced: '5.7.0' })).toBe('deferred')
      expect(inClear(530, 'rcpt')).toBe('deferred')
      expect(inClear(550, 'rcpt', { enhanced: '5.7.10' })).toBe('deferred')
      expect(inClear(554, 'data')).toBe('deferred')
    })

    it('is given up where the refusal is about something else', () => {
      expect(inClear(550, 'rcpt', { enhanced: '5.1.1' })).toBe('bounced')
      expect(inClear(552, 'mail', { enhanced: '5.3.4' })).toBe('bounced')
      expect(inClear(550, 'dot', { enhanced: '5.7.1' })).toBe('bounced')
    })

    it('is given up at 530 where nobody offered TLS', () => {
      expect(outcome(replied(530, 'mail', { enhanced: '5.7.0' })).kind).toBe('bounced')
    })
  })

  it('follows DNS where that is final, and waits where it is not', () => {
    const reply = { code: 556, enhanced: '5.1.10', text: 'null MX' }
    expect(outcome({ kind: 'permanent', reply, host: null }).kind).toBe('bounced')
    const waiting: Finding = { kind: 'temporary', reply: { ...reply, code: 451 }, host: null }
    expect(outcome(waiting)).toMatchObject({ kind: 'deferred', waitsFor: 'dns' })
    expect(outcome({ ...waiting, host: 'mx.example' })).not.toHaveProperty('waitsFor')
  })

  describe('at a domain that DNS does not know', () => {
    const reply = { code: 550, enhanced: '5.1.2', text: 'The domain y.example does not exist' }
    const unknown: Finding = { kind: 'permanent', reply, host: null, unknownDomain: true }

    it('is tried again during the grace, a last time at its end', () => {
      expect(outcome(unknown, { ...recipient, graceUntil: now + hour })).toEqual({
        recipient: recipient.key,
        kind: 'deferred',
        dueAt: now + 5 * minute,
        reply: { code: 450, enhanced: '4.1.2', text: reply.text, host: null },
        waitsFor: 'dns',
      })
      const late = { ...recipient, attempts: 3, graceUntil: now + 10 * minute }
      expect(outcome(unknown, late)).toMatchObject({ kind: 'deferred', dueAt: now + 10 * minute })
    })

    it('is given up after the grace, or at the end of its life if that comes first', () => {
      const bounced = { kind: 'bounced', reply: { code: 550, enhanced: '5.1.2' } }
      expect(outcome(unknown, { ...recipient, graceUntil: now })).toMatchObject(bounced)
      const shortLived = { ...recipient, graceUntil: now + hour, expiresAt: now + minute }
      expect(outcome(unknown, shortLived)).toMatchObject({ kind: 'deferred', dueAt: now + minute })
      expect(outcome(unknown, { ...shortLived, expiresAt: now })).toMatchObject(bounced)
    })

    it('has no grace when the answer is of another kind', () => {
      const nullMx: Finding = { kind: 'permanent', reply, host: null }
      expect(outcome(nullMx, { ...recipient, graceUntil: now + hour }).kind).toBe('bounced')
    })
  })

  it('is given up where no host can have the message, and waits where one is left to ask, to the end of its life', () => {
    const unfit = {
      kind: 'unfit',
      cause: 'too large',
      enhanced: '5.3.4',
      host: 'mx.example',
    } as const
    expect(outcome(unfit)).toMatchObject({ kind: 'bounced', reply: { enhanced: '5.3.4' } })
    const oneLeft = unfitSoFar(unfit)
    const reply = {
      code: null,
      enhanced: '4.3.4',
      text: 'too large; not every host could be asked',
      host: 'mx.example',
    }
    expect(outcome(oneLeft)).toMatchObject({ kind: 'deferred', dueAt: now + 5 * minute, reply })
    expect(outcome(oneLeft, { ...recipient, expiresAt: now })).toMatchObject({
      kind: 'expired',
      reply,
    })
  })

  it('waits longer from try to try', () => {
    const waits = [0, 1, 2].map((attempts) => {
      const result = outcome(replied(450, 'rcpt'), { ...recipient, attempts })
      return result.kind === 'deferred' ? result.dueAt - now : null
    })
    expect(waits).toEqual([5 * minute, 10 * minute, 20 * minute])
  })

  it('comes back before the one at which the host ended the conversation, first of all where it was not asked', () => {
    const cause = '421 4.7.0 bye'
    const dueAt = (finding: Finding, attempts = 0) => {
      const result = outcome(finding, { ...recipient, attempts })
      return result.kind === 'deferred' ? result.dueAt - now : null
    }
    const notAsked = { kind: 'not-asked', cause, host: 'mx.example' } as const
    const cutOff = { kind: 'cut-off', cause, host: 'mx.example' } as const
    expect(dueAt(notAsked)).toBe(2.5 * minute)
    expect(dueAt(cutOff)).toBe(3.75 * minute)
    expect(dueAt(replied(421, 'rcpt'))).toBe(5 * minute)
    expect(dueAt({ ...refused, cause })).toBe(5 * minute)
    // A recipient that was not asked does not wait longer from time to time: it was not tried
    expect(dueAt(notAsked, 7)).toBe(2.5 * minute)
  })

  it('goes at once when the host only had too many recipients for one transaction', () => {
    for (const finding of [
      replied(452, 'rcpt', { enhanced: '4.5.3', acceptedBefore: 50 }),
      replied(552, 'rcpt', { text: 'Too many recipients', acceptedBefore: 1 }),
    ]) {
      expect(outcome(finding)).toMatchObject({ kind: 'deferred', dueAt: now })
    }
  })

  it('goes at once also at the end of its life: the host that takes the others takes it next', () => {
    const finding = replied(452, 'rcpt', { enhanced: '4.5.3', acceptedBefore: 50 })
    for (const expiresAt of [now, now - 100 * hour]) {
      const last = outcome(finding, { ...recipient, expiresAt })
      expect(last).toMatchObject({ kind: 'deferred', dueAt: now })
    }
  })

  it('waits when the host has too many recipients with none accepted, as that would go on for ever', () => {
    const finding = replied(452, 'rcpt', { enhanced: '4.5.3', acceptedBefore: 0 })
    expect(outcome(finding)).toMatchObject({ kind: 'deferred', dueAt: now + 5 * minute })
  })

  it('is given up at a full mailbox, which shares its code with too many recipients', () => {
    const finding = replied(552, 'rcpt', {
      enhanced: '5.2.2',
      text: 'mailbox full',
      acceptedBefore: 3,
    })
    expect(outcome(finding).kind).toBe('bounced')
  })

  it('is tried a last time at the end of its life, and then expires', () => {
    const old = { ...recipient, attempts: 20, expiresAt: now + minute }
    expect(outcome(replied(450, 'rcpt'), old)).toMatchObject({
      kind: 'deferred',
      dueAt: now + minute,
    })
    expect(outcome(replied(450, 'rcpt'), { ...old, expiresAt: now })).toMatchObject({
      kind: 'expired',
      reply: { code: 450 },
    })
    expect(outcome(replied(250, 'dot'), { ...old, expiresAt: now - hour }).kind).toBe('delivered')
  })

  it('keeps what was said, by whom, and says itself what was not', () => {
    expect(outcome(replied(550, 'rcpt', { enhanced: '5.1.1', text: 'who?' })).reply).toEqual({
      code: 550,
      enhanced: '5.1.1',
      text: 'who?',
      host: 'mx.example',
    })
    expect(outcome(refused).reply).toEqual({
      code: null,
      enhanced: '4.4.1',
      text: 'connection refused',
      host: 'mx.example',
    })
    const lost = outcome({ kind: 'unknown', cause: 'timed out', host: 'mx.example' })
    expect(lost.reply).toEqual({
      code: null,
      enhanced: '4.4.2',
      text: 'no reply after the end of the message: timed out',
      host: 'mx.example',
    })
  })
})
