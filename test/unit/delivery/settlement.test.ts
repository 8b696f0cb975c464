import { expect, test } from 'vitest'
import { settlementOf, unsent } from '../../../src/delivery/settlement.ts'
import { hour } from '../../../src/time/clock.ts'
import { envelopeTo, silent } from './envelope.ts'

const now = 1_800_000_000_000

const tools = {
  schedule: { firstMs: hour, longestMs: hour, factor: 1 },
  unknownDomainGraceMs: 0,
  lifetimeMs: 5 * hour,
  clock: { now: () => now },
  settings: { hostname: 'relay.example', connectTimeoutMs: 1, replyTimeoutMs: 1 },
  log: silent,
}

test('an attempt names its recipients by their keys', () => {
  const envelope = envelopeTo([null, null, null])
  const { findings, attempts } = unsent(
    envelope,
    { kind: 'temporary', reply: { code: 451, enhanced: null, text: 'later' } },
    tools.clock,
  )
  const [attempt] = attempts
  const sent = {
    findings,
    attempts: attempt ? [{ ...attempt, recipients: [0, 2] }] : [],
    passedOn: false,
  }
  const { command } = settlementOf(envelope, [], sent, tools)
  expect(command.attempts).toMatchObject([{ recipients: [65536, 65538] }])
})

test('recipients that are put off together are due again together', () => {
  const envelope = envelopeTo(Array.from({ length: 100 }, () => null))
  const finding = { kind: 'lost', cause: 'connection refused', host: 'mx.example' } as const
  const { command } = settlementOf(
    envelope,
    [],
    { findings: envelope.recipients.map(() => finding), attempts: [], passedOn: false },
    tools,
  )
  const dueTimes = command.outcomes.map((one) => (one.kind === 'deferred' ? one.dueAt : 0))
  expect(dueTimes).toHaveLength(100)
  expect(new Set(dueTimes).size).toBe(1)
})
