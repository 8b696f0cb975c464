import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { buildDsn } from '../../src/bounces/build-dsn.ts'
import type { LastWord, ReportedRecipient } from '../../src/bounces/dsn-facts.ts'
import { tempFolder } from '../kit/temp-folder.ts'

const acceptedAt = Date.parse('2026-11-20T10:00:00Z')
const original = {
  id: '01K0000000000000000000000A',
  sender: 'alice@example.org',
  messageIdHeader: '<hello@example.org>',
  acceptedAt,
  sizeBytes: 60,
  route: 'mx',
  esmtp: {},
}
const returned = [
  'From: alice@example.org',
  'To: bob@example.net',
  'Subject: Hi',
  'Message-ID: <hello@example.org>',
  'Date: Fri, 20 Nov 2026 10:00:00 +0000',
  '',
  'How are you?',
  '',
].join('\r\n')

const host = 'mx1.example.net'
const noUser: LastWord = { code: 550, enhanced: '5.1.1', text: 'No such user', host }
const later: LastWord = { code: 451, enhanced: '4.7.1', text: 'Try later', host }
const taken: LastWord = { code: 250, enhanced: '2.0.0', text: 'ok', host }
const silent: LastWord = { code: null, enhanced: '4.4.1', text: 'connection timed out', host }
const tooLarge: LastWord = {
  code: null,
  enhanced: '5.3.4',
  text: 'the message has 2300000 octets, and the host takes 1000 at most',
  host,
}
const nullMx = { code: 556, enhanced: '5.1.10', text: 'no mail for example.net', host: null }
const untried = { code: null, enhanced: '4.4.7', text: 'it could not be tried', host: null }

const about = (
  kind: ReportedRecipient['kind'],
  reply: LastWord,
  address = 'bob@example.net',
  more: Partial<ReportedRecipient> = {},
): ReportedRecipient => {
  const times = { attempts: 1, lastAttemptAt: acceptedAt, expiresAt: acceptedAt }
  return { address, notify: null, orcpt: null, kind, reply, ...times, ...more }
}
const long = `${'x'.repeat(64)}@${'y'.repeat(60)}.${'z'.repeat(60)}.example.net`

type Reader = 'flufl.bounce' | 'BounceParser' | 'Sisimai'
interface Case {
  recipients: ReportedRecipient[]
  failed: string[]
  delayed?: string[]
  /** What a reader makes of an address that it can't read. */
  but?: Partial<Record<Reader, string[]>>
}

/** Every kind of bounce message. */
const cases: Readonly<Record<string, Case>> = {
  refused: { recipients: [about('bounced', noUser)], failed: ['bob@example.net'] },
  'refused without an enhanced status': {
    recipients: [about('bounced', { code: 554, enhanced: null, text: 'go away', host })],
    failed: ['bob@example.net'],
  },
  'refused by several words': {
    recipients: [
      about('bounced', { ...noUser, text: `${'no '.repeat(200)}\r\nAction: delivered` }),
    ],
    failed: ['bob@example.net'],
  },
  'a domain without mail': { recipients: [about('bounced', nullMx)], failed: ['bob@example.net'] },
  'too large for its host': {
    recipients: [about('bounced', tooLarge)],
    failed: ['bob@example.net'],
  },
  'given up without an answer': {
    recipients: [about('expired', silent)],
    failed: ['bob@example.net'],
  },
  'given up after answers': { recipients: [about('expired', later)], failed: ['bob@example.net'] },
  'never tried': {
    recipients: [
      about('expired', untried, 'bob@example.net', { attempts: 0, lastAttemptAt: null }),
    ],
    failed: ['bob@example.net'],
  },
  'three recipients': {
    recipients: ['bob', 'carol', 'dave+tag'].map((name) =>
      about('bounced', noUser, `${name}@example.net`),
    ),
    failed: ['bob@example.net', 'carol@example.net', 'dave+tag@example.net'],
  },
  'refused, given up and passed on': {
    recipients: [
      about('bounced', noUser),
      about('expired', later, 'carol@example.net'),
      about('relayed', taken, 'erin@example.net', { notify: ['SUCCESS'] }),
    ],
    failed: ['bob@example.net', 'carol@example.net'],
  },
  delayed: {
    recipients: ['bob', 'carol'].map((name) =>
      about('delayed', later, `${name}@example.net`, { notify: ['DELAY'] }),
    ),
    failed: [],
    delayed: ['bob@example.net', 'carol@example.net'],
  },
  'passed on': {
    recipients: [about('relayed', taken, 'erin@example.net', { notify: ['SUCCESS'] })],
    failed: [],
  },
  'with its original recipient': {
    recipients: [about('bounced', noUser, 'bob@example.net', { orcpt: 'rfc822;bob@example.net' })],
    failed: ['bob@example.net'],
  },
  'a long address': { recipients: [about('bounced', noUser, long)], failed: [long] },
  'a quoted address': {
    recipients: [about('bounced', noUser, '"bob b."@example.net')],
    failed: ['"bob b."@example.net'],
    but: { Sisimai: [] },
  },
  'an international domain': {
    recipients: [about('bounced', noUser, 'bob@exämple.net')],
    failed: ['bob@xn--exmple-cua.net'],
  },
  'an address beyond ASCII': {
    recipients: [about('bounced', noUser, 'jürgen@example.net')],
    failed: [],
    // RFC 6533 §3: the form in ASCII, which it passes on
    but: { BounceParser: ['j\\x{FC}rgen@example.net'] },
  },
}

/** Debian's own interpreters: the packages are for them. */
const readers: readonly { name: Reader; command: string; has: string[]; script: string }[] = [
  {
    name: 'flufl.bounce',
    command: '/usr/bin/python3',
    has: ['-c', 'import flufl.bounce'],
    script: 'with-flufl-bounce.py',
  },
  {
    name: 'BounceParser',
    command: '/usr/bin/perl',
    has: ['-MMail::DeliveryStatus::BounceParser', '-e1'],
    script: 'with-bounceparser.pl',
  },
  {
    name: 'Sisimai',
    command: '/usr/bin/perl',
    has: ['-MSisimai', '-e1'],
    script: 'with-sisimai.pl',
  },
]

function isThere({ command, has }: (typeof readers)[number]): boolean {
  try {
    execFileSync(command, has, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** As it lies in a mailbox: lines end as the system's do. */
function bounceOf(recipients: readonly ReportedRecipient[]): string {
  const facts = { original, recipients, content: [Buffer.from(returned)] }
  const dsn = buildDsn(facts, { hostname: 'relay.example.org', lifetimeMs: 1 }, acceptedAt)
  return (dsn?.bytes.toString('latin1') ?? '').replaceAll('\r\n', '\n')
}

describe('every kind of bounce message', () => {
  for (const reader of readers) {
    test.skipIf(!isThere(reader))(`is read by ${reader.name}, with all its recipients`, () => {
      using folder = tempFolder()
      const files = Object.entries(cases).map(([name, { recipients }], at) => {
        const path = join(folder.path, `${at}.eml`)
        writeFileSync(path, bounceOf(recipients), 'latin1')
        return { name, path }
      })
      const script = join(import.meta.dirname, 'bounce-readers', reader.script)
      const output = execFileSync(reader.command, [script, ...files.map(({ path }) => path)])
      const found = JSON.parse(output.toString()) as Record<
        string,
        { failed: string[]; delayed: string[] }
      >
      const expected = Object.entries(cases).map(([name, { failed, delayed = [], but }]) => [
        name,
        {
          failed: but?.[reader.name] ?? failed,
          // It passes over what is tried again
          delayed: reader.name === 'BounceParser' ? [] : delayed,
        },
      ])
      expect(files.map(({ name, path }) => [name, found[path]])).toEqual(expected)
    })
  }
})
