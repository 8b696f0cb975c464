import { describe, expect, test } from 'vitest'
import { explain, explainBriefly } from '../../../src/operations/explain.ts'
import type { Message, Recipient } from '../../../src/operations/message-resource.ts'
import { statuses } from '../../../src/words/status.ts'

const now = Date.parse('2026-11-22T12:00:00Z')

const recipient = (change: Partial<Recipient> = {}): Recipient => ({
  address: 'anna@example.org',
  destination: 'example.org',
  status: 'queued',
  attempts: 0,
  due_at: '2026-11-22T12:00:00.000Z',
  expires_at: '2026-11-27T12:00:00.000Z',
  settled_at: null,
  last_reply: null,
  holds: [],
  blocked_by: null,
  purge_requested: false,
  ...change,
})

const message = (recipients: Recipient[], route = 'mx'): Message => ({
  id: '01M80000000000000000000000',
  submitter: { kind: 'account', id: 'alice' },
  from: 'alice@sender.test',
  size_bytes: 100,
  accepted_at: '2026-11-22T11:50:00.000Z',
  message_id: null,
  subject: null,
  tag: null,
  route,
  content_available: true,
  about: null,
  bounce_messages: [],
  recipients,
  recipient_count: recipients.length,
  recipient_counts: {},
})

const reply = {
  code: 451,
  enhanced: '4.7.1',
  text: 'Try later',
  host: 'mx.example.org',
  at: '2026-11-22T11:58:00.000Z',
}

const say = (change: Partial<Recipient>, route?: string): string =>
  explain(message([recipient(change)], route), now)[0]?.sentence ?? ''

describe('one sentence says what is waited for, and when it goes on', () => {
  test('due: for a connection to where it goes', () => {
    expect(say({})).toBe('due now, waiting for a free connection to example.org.')
    expect(say({}, 'smtp://smart.test:25')).toContain('a free connection to smtp://smart.test:25')
    expect(say({}, 'sandbox')).toContain('a free connection to the sandbox')
  })

  test('deferred: for the next try, because of whose reply, and until when', () => {
    expect(
      say({
        status: 'deferred',
        attempts: 1,
        due_at: '2026-11-22T12:04:10.000Z',
        last_reply: reply,
      }),
    ).toBe(
      'waiting for the next try in 4 min 10 s (2026-11-22 12:04 UTC), because mx.example.org said ' +
        '"451 4.7.1 Try later"; given up in 5 d (2026-11-27 12:00 UTC).',
    )
  })

  test('deferred for a reason of our own: no host is blamed', () => {
    const own = { ...reply, code: 451, enhanced: '4.4.3', host: null }
    const failed = { ...own, text: 'DNS look-up for example.org failed: timed out' }
    expect(say({ status: 'deferred', last_reply: failed })).toContain(
      ', because DNS look-up for example.org failed: timed out (4.4.3);',
    )
    const unknown = { ...own, enhanced: '4.1.2', text: 'The domain example.org does not exist' }
    expect(say({ status: 'deferred', last_reply: unknown })).toContain(
      ', because the domain example.org does not exist (4.1.2);',
    )
  })

  test('a host that gave no reply has said nothing: what was found is no quotation', () => {
    const lost = { ...reply, code: null, enhanced: '4.4.1', text: 'connection refused' }
    const sentence = say({ status: 'deferred', last_reply: lost })
    expect(sentence).toContain(
      ', because sending to mx.example.org failed: connection refused (4.4.1);',
    )
    expect(sentence).not.toContain('said')
    expect(
      explainBriefly(message([recipient({ status: 'deferred', last_reply: lost })]), now),
    ).toMatch(/: connection refused \(4\.4\.1\)$/)
  })

  test('held: by whom, why, and until when', () => {
    const hold = {
      party: 'customer',
      scope: 'recipients',
      reason: 'wrong link',
      until: null,
    } as const
    expect(say({ status: 'held', holds: [hold] })).toBe(
      'held by the customer, "wrong link", until released.',
    )
    const both = [
      { ...hold, reason: null, until: '2026-11-22T14:00:00.000Z' },
      { ...hold, party: 'operator', scope: 'account', reason: null } as const,
    ]
    expect(say({ status: 'held', holds: both })).toBe(
      'held by the customer, going on by itself in 2 h (2026-11-22 14:00 UTC); ' +
        'and by the operator (account), until released with --party operator.',
    )
    const restored = { ...hold, party: 'restore', reason: 'a copy' } as const
    expect(say({ status: 'held', holds: [restored] })).toBe(
      'held by the party restore, "a copy", until released with --party restore.',
    )
  })

  test('parked: that it goes on by itself', () => {
    expect(say({ status: 'parked', due_at: '2026-11-22T13:00:00.000Z' })).toBe(
      'over a sending limit, going on by itself in 1 h (2026-11-22 13:00 UTC).',
    )
  })

  test('in flight', () => {
    expect(say({ status: 'in_flight' })).toBe('being sent to example.org right now.')
  })

  test('in flight, when a purge or a hold came: what that means', () => {
    expect(say({ status: 'in_flight', purge_requested: true })).toBe(
      'being sent to example.org right now; purged, so not tried again if this fails.',
    )
    const hold = { party: 'customer', scope: 'recipients', reason: 'look', until: null } as const
    expect(say({ status: 'in_flight', holds: [hold] })).toBe(
      'being sent to example.org right now; if this fails, held from then on by the customer, "look", until released.',
    )
  })

  test.each(['connection refused', 'connection timed out', '554 5.7.1 not from there'])(
    'due, but its hosts can not be used: what was found, not more, and when they are tried again: %s',
    (cause) => {
      const until = '2026-11-22T12:03:10.000Z'
      const blocked_by = { kind: 'hosts_resting', until, cause } as const
      expect(say({ blocked_by })).toBe(
        `due now, but connections to the hosts of example.org failed (${cause}); ` +
          'tried again in 3 min 10 s (2026-11-22 12:03 UTC).',
      )
      expect(explainBriefly(message([recipient({ blocked_by })]), now)).toBe(
        `connections failed, tried again in 3 min 10 s: ${cause}`,
      )
    },
  )

  test('due, but Redis is away', () => {
    expect(say({ blocked_by: { kind: 'redis_unavailable', until: null, cause: null } })).toBe(
      'due now; delivery waits for Redis, which is away.',
    )
  })

  test('due, but nothing is sent behind a long reader on a short disk', () => {
    expect(say({ blocked_by: { kind: 'low_disk_space', until: null, cause: null } })).toBe(
      'due now, but nothing is sent: free space is short, and a reader of the store, such as a backup, keeps it so.',
    )
  })
})

describe('what has ended is said with its end', () => {
  const settled = { settled_at: '2026-11-22T11:57:00.000Z', due_at: null, last_reply: reply }

  test('delivered, and that a sandbox delivers nothing', () => {
    expect(say({ ...settled, status: 'delivered' })).toMatch(/^delivered 3 min ago: mx/)
    expect(say({ ...settled, status: 'delivered' }, 'sandbox')).toBe(
      'swallowed by the sandbox 3 min ago; it was not sent.',
    )
  })

  test.each([
    ['bounced', /^refused for good 3 min ago: mx\.example\.org said "451/],
    ['expired', /^given up 3 min ago, as the time was over; the last word was: mx/],
    ['cancelled', /^purged 3 min ago\.$/],
    ['suppressed', /^not tried, as the address is suppressed/],
  ] as const)('%s', (status, words) => {
    expect(say({ ...settled, status })).toMatch(words)
  })

  test('for a reason of our own: nobody refused it', () => {
    const own = { code: 550, enhanced: '5.1.2', text: 'The domain example.org does not exist' }
    const unknown = { ...settled, last_reply: { ...reply, ...own, host: null } }
    expect(say({ ...unknown, status: 'bounced' })).toBe(
      'given up 3 min ago: the domain example.org does not exist (5.1.2).',
    )
    const lost = { ...reply, code: null, enhanced: '4.4.1', text: 'connection refused' }
    expect(say({ ...settled, last_reply: lost, status: 'expired' })).toMatch(
      /; the last word was: sending to mx\.example\.org failed: connection refused \(4\.4\.1\)\.$/,
    )
  })
})

test('recipients of whom the same is to be said share a sentence', () => {
  const explanations = explain(
    message([
      recipient({ address: 'a@example.org' }),
      recipient({ address: 'b@example.org', status: 'in_flight' }),
      recipient({ address: 'c@example.org' }),
    ]),
    now,
  )
  expect(explanations.map(({ addresses }) => addresses)).toEqual([
    ['a@example.org', 'c@example.org'],
    ['b@example.org'],
  ])
})

describe('many recipients', () => {
  const deferred = (n: number, seconds: number): Recipient =>
    recipient({
      address: `r${n}@example.org`,
      status: 'deferred',
      due_at: new Date(now + seconds * 1000).toISOString(),
      expires_at: new Date(now + 5 * 86_400_000 + n).toISOString(),
      last_reply: { ...reply, host: `mx${n % 2}.example.org` },
    })

  test('with the same reply and times within a minute share one sentence with a rounded time', () => {
    const many = Array.from({ length: 69 }, (_, n) => deferred(n, 250 + n / 2))
    expect(explain(message(many), now)).toMatchObject([
      {
        recipients: 69,
        sentence:
          'waiting for the next try in about 4 min (2026-11-22 12:04 UTC), because mx0.example.org and 1 more said ' +
          '"451 4.7.1 Try later"; given up in 5 d (2026-11-27 12:00 UTC).',
      },
    ])
  })

  test('with the same reply, but times further apart, are told apart', () => {
    expect(explain(message([deferred(0, 100), deferred(1, 4000)]), now)).toHaveLength(2)
  })

  test('that are not shown are counted by status', () => {
    const shown = [recipient({ status: 'deferred' }), recipient({ status: 'delivered' })]
    const whole: Message = {
      ...message(shown),
      recipient_count: 902,
      recipient_counts: { deferred: 21, delivered: 881 },
    }
    expect(explain(whole, now).at(-1)).toEqual({
      addresses: [],
      recipients: 900,
      sentence: '880 delivered, 20 deferred.',
    })
  })
})

describe('in a few words', () => {
  const briefly = (...recipients: Recipient[]) => explainBriefly(message(recipients), now)

  test('it is the first recipient that is spoken of: the one looked for, or an open one', () => {
    expect(
      briefly(
        recipient({ status: 'deferred', due_at: '2026-11-22T12:05:00.000Z', last_reply: reply }),
        recipient({ status: 'delivered', settled_at: '2026-11-22T11:57:00.000Z' }),
      ),
    ).toBe('next try in 5 min: 451 4.7.1 Try later')
  })

  test('every party that holds it is named: each must release it', () => {
    const one = { scope: 'recipients', reason: null, until: null } as const
    const holds = [
      { ...one, party: 'customer' as const },
      { ...one, party: 'restore' as const, reason: 'a copy' },
    ]
    expect(briefly(recipient({ status: 'held', holds }))).toBe('by customer; by restore: a copy')
  })

  test.each(statuses)('there are some for every status: %s', (status) => {
    expect(briefly(recipient({ status, last_reply: reply }))).not.toBe('')
  })
})
