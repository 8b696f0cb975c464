import { expect, test } from 'vitest'
import { untried } from '../../../src/delivery/hostless-line.ts'
import { settlementOf } from '../../../src/delivery/settlement.ts'
import { hour } from '../../../src/time/clock.ts'
import { envelopeTo, silent } from './envelope.ts'

const now = 1_800_000_000_000

const tools = {
  schedule: { firstMs: hour, longestMs: hour, factor: 1 },
  unknownDomainGraceMs: 0,
  delayNoticeMs: 0,
  lifetimeMs: 5 * hour,
  clock: { now: () => now },
  settings: { hostname: 'relay.example', connectTimeoutMs: 1, replyTimeoutMs: 1 },
  log: silent,
}

test('what DNS says of a destination is an attempt of the recipients there alone, named by their keys', async () => {
  const plain = envelopeTo([null, null, null])
  const recipients = plain.recipients.map((recipient, at) => ({
    ...recipient,
    destination: at === 1 ? 'b.example' : 'a.example',
  }))
  const envelope = { ...plain, recipients }
  const answers = new Map(
    recipients.map(({ key, destination }) => [
      key,
      {
        kind: 'temporary' as const,
        reply: { code: 451, enhanced: null, text: `no answer for ${destination}` },
      },
    ]),
  )
  const { command } = await settlementOf(
    envelope,
    [],
    untried(envelope, answers, tools.clock),
    tools,
  )
  expect(command.attempts).toMatchObject([
    { recipients: [65536, 65538], text: 'no answer for a.example', host: null },
    { recipients: [65537], text: 'no answer for b.example', host: null },
  ])
  expect(command.outcomes.map(({ kind }) => kind)).toEqual(['deferred', 'deferred', 'deferred'])
})

test('recipients that are put off together are due again together', async () => {
  const envelope = envelopeTo(Array.from({ length: 100 }, () => null))
  const lost = { kind: 'lost', cause: 'connection refused', enhanced: '4.4.1' } as const
  const finding = { ...lost, host: 'mx.example' }
  const { command } = await settlementOf(
    envelope,
    [],
    { findings: envelope.recipients.map(() => finding), attempts: [], passedOn: false },
    tools,
  )
  const dueTimes = command.outcomes.map((one) => (one.kind === 'deferred' ? one.dueAt : 0))
  expect(dueTimes).toHaveLength(100)
  expect(new Set(dueTimes).size).toBe(1)
})
