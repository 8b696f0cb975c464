import { expect, test } from 'vitest'
import { settlementOf } from '../../../src/delivery/settlement.ts'
import { hour } from '../../../src/time/clock.ts'
import { envelopeTo, silent } from './envelope.ts'

const now = 1_800_000_000_000

test('recipients that are put off together are due again together', () => {
  const envelope = envelopeTo(Array.from({ length: 100 }, () => null))
  const finding = { kind: 'lost', cause: 'connection refused', host: 'mx.example' } as const
  const { command } = settlementOf(
    envelope,
    [],
    { findings: envelope.recipients.map(() => finding), attempts: [], passedOn: false },
    {
      schedule: { firstMs: hour, longestMs: hour, factor: 1 },
      unknownDomainGraceMs: 0,
      lifetimeMs: 5 * hour,
      clock: { now: () => now },
      settings: { hostname: 'relay.example', connectTimeoutMs: 1, replyTimeoutMs: 1 },
      log: silent,
    },
  )
  const dueTimes = command.outcomes.map((one) => (one.kind === 'deferred' ? one.dueAt : 0))
  expect(dueTimes).toHaveLength(100)
  expect(new Set(dueTimes).size).toBe(1)
})
