import { describe, expect, test } from 'vitest'
import type { ProcessHealth } from '../../../src/ipc/process-health.ts'
import { nothingHeld, type HeldMail } from '../../../src/operations/held-mail.ts'
import { readiness, storeState, type ReadinessFacts } from '../../../src/operations/readiness.ts'
import { hour, minute } from '../../../src/time/clock.ts'
import type { HoldScope } from '../../../src/words/hold-scope.ts'
import type { Party } from '../../../src/words/party.ts'
import { allReady } from '../api/api-on-store.ts'

const asked = (takesMail: boolean, sendsMail = true) => {
  const steady = { clockJump: null, redisTrouble: null }
  const answer = {
    kind: 'in-flight',
    recipients: [],
    takesMail,
    sendsMail,
    slices: 0,
    held: 0,
    ...steady,
  }
  const reader = { holds: () => Promise.resolve({ holds: [], next: null }) }
  return { store: { send: () => Promise.resolve(answer as never) }, reader }
}

const well: ReadinessFacts = {
  store: 'ok',
  sendsMail: true,
  clockJump: null,
  held: nothingHeld,
  redis: null,
  processes: allReady,
  route: 'mx',
}

const but = (name: string, change: Partial<ProcessHealth>): ProcessHealth[] =>
  allReady.map((each) => (each.name === name ? { ...each, ...change } : each))

test('a store that refuses new mail for want of space is not ready, and says so', async () => {
  const known = await storeState(asked(false))
  expect(readiness({ ...well, ...known })).toMatchObject({
    status: 'unavailable',
    store: 'full',
    detail: expect.stringContaining('Free space is short') as string,
  })
})

test('a store behind a long reader, for which nothing is sent, does not say that the queue goes on, and that operations wait', async () => {
  const known = await storeState(asked(false, false))
  expect(readiness({ ...well, ...known })).toMatchObject({
    status: 'unavailable',
    store: 'full',
    detail:
      'Free space is short: no mail is accepted. ' +
      'The write-ahead log of the store can’t be moved into the database, as a reader such as a backup keeps it or the disk is too full: ' +
      'nothing is delivered. Operations that are under way wait until there is room, and none is begun.',
  })
})

const standing = (scope: HoldScope, party: Party) => ({ scope, party })

test.each<[HeldMail, string]>([
  [
    { recipients: 12, holds: [standing('all', 'customer')], more: false },
    'Mail is accepted. A standing hold of the party customer keeps all mail back: lift it with "sluice holds lift all". ' +
      '12 recipients are held: "sluice mailq --status held" lists them, "sluice release" lets them go.',
  ],
  [
    { recipients: 0, holds: [standing('all', 'operator')], more: false },
    'Mail is accepted. A standing hold of the party operator keeps all mail back: ' +
      'lift it with "sluice holds lift all --party operator".',
  ],
  [
    { recipients: 1, holds: [standing('tag', 'customer')], more: false },
    'Mail is accepted and delivered. A standing hold keeps some mail back: "sluice holds" lists, "sluice holds lift" lifts them. ' +
      '1 recipient is held: "sluice mailq --status held" lists them, "sluice release" lets them go.',
  ],
  [
    { recipients: 0, holds: Array(100).fill(standing('tag', 'customer')) as [], more: true },
    'Mail is accepted and delivered. More than 100 standing holds keep some mail back: "sluice holds" lists, "sluice holds lift" lifts them.',
  ],
])('what is held on purpose is told, with how it is let go: %j', (held, detail) => {
  expect(readiness({ ...well, held })).toMatchObject({ status: 'ok', detail })
})

test('a store that takes mail is ready', async () => {
  const known = await storeState(asked(true))
  expect(readiness({ ...well, ...known })).toMatchObject({
    status: 'ok',
    store: 'ok',
  })
})

test('a clock that jumped is told, with what to do where it is right; mail goes on', () => {
  const clockJump = { byMs: 6 * hour, acceptedInMs: 4 * minute }
  expect(readiness({ ...well, clockJump })).toMatchObject({
    status: 'ok',
    detail:
      'Mail is accepted and delivered. The clock jumped 6 h forward; mail goes on by the time before, for 4 min more. ' +
      'If the clock is right: sluice clock accept.',
  })
})

describe('a process that does not answer is named, with what it means for mail:', () => {
  test.each([
    [
      'store',
      'unavailable',
      'store (process 100) does not answer: nothing is accepted or recorded.',
    ],
    ['smtp', 'unavailable', 'smtp (process 101) does not answer: no mail is accepted.'],
    [
      'delivery',
      'degraded',
      'delivery (process 102) does not answer: mail is accepted, not delivered.',
    ],
    ['api', 'degraded', "api (process 103) does not answer: the queue can't be looked at."],
  ] as const)('%s', (name, status, detail) => {
    expect(readiness({ ...well, processes: but(name, { state: 'silent' }) })).toMatchObject({
      status,
      detail,
      ...(name !== 'api' && { [name]: 'unavailable' }),
    })
  })
})

test.each([
  [{ state: 'ended', pid: null }, 'smtp ended and is started again: no mail is accepted.'],
  [{ state: 'starting' }, 'smtp (process 101) is being started: no mail is accepted.'],
  [
    { trouble: 'it has no connection to the store' },
    'smtp: it has no connection to the store: no mail is accepted.',
  ],
] as const)('smtp that is %j takes no mail', (change, detail) => {
  const processes = but('smtp', change)
  expect(readiness({ ...well, processes })).toMatchObject({ status: 'unavailable', detail })
})

test('a process that was never started takes no mail either', () => {
  const processes = allReady.filter(({ name }) => name !== 'smtp')
  expect(readiness({ ...well, processes })).toMatchObject({
    status: 'unavailable',
    smtp: 'unavailable',
  })
})

test('a supervisor that does not answer is not ready: nobody knows of smtp', () => {
  expect(readiness({ ...well, processes: null })).toMatchObject({
    status: 'unavailable',
    supervisor: 'unavailable',
    smtp: 'unknown',
    detail: expect.stringContaining('The supervisor (sluice start) does not answer') as string,
  })
})

test('what keeps delivery from sending is said, by Redis itself or by delivery', () => {
  const oom = { words: 'Redis is out of memory', blocks: true }
  expect(readiness({ ...well, redis: oom })).toMatchObject({
    status: 'degraded',
    redis: 'unavailable',
    detail: 'Redis is out of memory: mail is accepted, not delivered.',
  })
  const processes = but('delivery', { trouble: 'Redis forbids scripts' })
  expect(readiness({ ...well, processes })).toMatchObject({
    status: 'degraded',
    detail: 'Redis forbids scripts: mail is accepted, not delivered.',
  })
})

test('a Redis with the wrong policy is used, and said', () => {
  const redis = { words: 'Redis may drop what it is given', blocks: false }
  expect(readiness({ ...well, redis })).toMatchObject({
    status: 'degraded',
    redis: 'ok',
    detail: 'Redis may drop what it is given.',
  })
})
