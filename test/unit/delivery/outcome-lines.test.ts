import { expect, test } from 'vitest'
import { logOutcomes } from '../../../src/delivery/outcome-lines.ts'
import type { Settlement } from '../../../src/delivery/settlement.ts'
import type { Attempt, Outcome } from '../../../src/words/outcome.ts'
import { minute } from '../../../src/time/clock.ts'
import { envelopeTo } from './envelope.ts'

const envelope = envelopeTo([null, null])
const { id, acceptedAt } = envelope
const [first = 0, second = 0] = envelope.recipients.map(({ key }) => key)

const attempt = (change: Partial<Attempt>): Attempt => ({
  recipients: [first, second],
  startedAt: acceptedAt + 2000,
  durationMs: 1500,
  host: 'mx1.y.example',
  address: '192.0.2.1',
  tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384',
  code: 250,
  enhanced: '2.0.0',
  text: 'ok',
  dialogue: null,
  ...change,
})

const outcome = (recipient: number, change: Partial<Outcome> = {}): Outcome =>
  ({
    recipient,
    kind: 'delivered',
    reply: { code: 250, enhanced: '2.0.0', text: 'ok', host: 'mx1.y.example' },
    ...change,
  }) as Outcome

function linesOf(settled: Partial<Settlement['command']>, connectMs: number[] = []) {
  const lines: Record<string, unknown>[] = []
  const info = (fields: Readonly<Record<string, unknown>>, msg: string) =>
    void lines.push({ msg, ...fields })
  const command = {
    kind: 'settle',
    message: 1,
    attempts: [],
    outcomes: [],
    dsn: null,
    ...settled,
  } as const
  logOutcomes({ info }, envelope, { command, payload: null, connectMs }, acceptedAt + 4000)
  return lines
}

test('each recipient has a line with its host, the reply, its status and where the time went', () => {
  const lines = linesOf(
    { attempts: [attempt({})], outcomes: [outcome(first), outcome(second)] },
    [500],
  )
  expect(lines).toHaveLength(2)
  expect(lines[0]).toEqual({
    msg: 'recipient tried',
    id,
    sender: 'a@b.example',
    recipient: 'u0@y.example',
    destination: 'y.example',
    status: 'delivered',
    host: 'mx1.y.example',
    address: '192.0.2.1',
    tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384',
    code: 250,
    enhanced: '2.0.0',
    text: 'ok',
    attempts: 3,
    delay: 4,
    delays: { due: 0, queue: 2, connect: 0.5, send: 1 },
  })
})

test('a host without an answer has one line however many recipients it left, and counts as time to connect', () => {
  const lines = linesOf(
    {
      attempts: [
        attempt({ code: null, enhanced: '4.4.2', text: 'connection timed out', tls: null }),
        attempt({ host: 'mx2.y.example', address: '192.0.2.2', startedAt: acceptedAt + 3500 }),
      ],
      outcomes: [outcome(first), outcome(second)],
    },
    [1500, 400],
  )
  expect(
    lines.map(({ msg, host, address, recipients }) => [msg, host, address, recipients]),
  ).toEqual([
    ['host gave no answer for these recipients', 'mx1.y.example', '192.0.2.1', 2],
    ['recipient tried', 'mx1.y.example', '192.0.2.2', undefined],
    ['recipient tried', 'mx1.y.example', '192.0.2.2', undefined],
  ])
  expect(lines[1]?.['delays']).toEqual({ due: 0, queue: 2, connect: 1.9, send: 1.1 })
})

test('a deferred one says until when; one that was not tried says so and names no host', () => {
  const reply = { code: 450, enhanced: '4.4.3', text: 'DNS does not answer', host: null }
  const [deferred, expired] = linesOf({
    outcomes: [
      outcome(first, {
        kind: 'deferred',
        dueAt: acceptedAt + 5 * minute,
        reply,
      }),
      outcome(second, { kind: 'expired', reply }),
    ],
  })
  expect(deferred).toMatchObject({
    msg: 'recipient not tried',
    status: 'deferred',
    until: new Date(acceptedAt + 5 * minute).toISOString(),
    host: null,
    attempts: 2,
  })
  expect(deferred).not.toHaveProperty('delays')
  expect(expired).toMatchObject({ id, recipient: 'u1@y.example', status: 'expired' })
})

test('a bounce message has a line with its own id and that of the message it is about', () => {
  const own = { id: '01J0000000000000000000DSN0', sender: '', sizeBytes: 900, about: [first] }
  const linesFor = (submitter: 'dsn' | 'delay') => {
    const dsn = { ...own, submitter: { kind: 'system', id: submitter } }
    return linesOf({ dsn: dsn as unknown as NonNullable<Settlement['command']['dsn']> })
  }
  expect(linesFor('delay')).toMatchObject([{ msg: 'delay notice queued', id: own.id, about: id }])
  expect(linesFor('dsn')).toEqual([
    {
      msg: 'bounce message queued',
      id: own.id,
      about: id,
      recipients: 1,
      sender: '',
      recipient: 'a@b.example',
      size_bytes: 900,
    },
  ])
})

test('a reply of a host is one clean line, and not longer than a line need be', () => {
  const text = `no\r\nsuch\u202euser${'x'.repeat(5000)}`
  const reply = { code: 550, enhanced: null, text, host: 'mx1.y.example' }
  const [line] = linesOf({
    attempts: [attempt({})],
    outcomes: [outcome(first, { kind: 'bounced', reply })],
  })
  expect(line?.['text']).toMatch(/^no such userx{100}/)
  expect(String(line?.['text']).length).toBeLessThanOrEqual(500)
})
