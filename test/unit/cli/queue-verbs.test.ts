import { stripVTControlCharacters } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { hold } from '../../../src/cli/action-verbs.ts'
import { run as holds } from '../../../src/cli/holds.ts'
import type { Verb } from '../../../src/cli/io.ts'
import { run as ledger } from '../../../src/cli/ledger.ts'
import { run as mailq } from '../../../src/cli/mailq.ts'
import { run as show } from '../../../src/cli/show.ts'
import { run as why } from '../../../src/cli/why.ts'
import type { Message } from '../../../src/operations/message-resource.ts'
import { relayOnStore } from './relay-on-store.ts'

afterEach(() => vi.unstubAllEnvs())

describe('mailq', () => {
  test('lists what is open, with the sums below, and says in a sandbox that nothing leaves', async () => {
    await using t = await relayOnStore()
    const id = await t.accept({ to: ['a@example.org', 'b@example.org'] })
    await t.settle(id, 'deferred')
    const { status, out } = await t.run(mailq, [])
    expect(status).toBe(0)
    const [heading, row, sums, sandbox] = out.split('\n')
    expect(heading).toMatch(/^ID +AGE +SIZE +FROM +TO +STATUS +WHY$/)
    expect(row).toMatch(
      new RegExp(
        `^${id} .* alice@sender\\.test +a@example\\.org \\+1 +deferred +next try in .*: 451 4\\.7\\.1 Try later$`,
      ),
    )
    expect(sums).toBe('-- 17 B in 1 message to 2 recipients.')
    expect(sandbox).toContain('nothing leaves')
  })

  test('cuts nothing that goes to a file, and fills a terminal to its width', async () => {
    await using t = await relayOnStore()
    const long = `${'x'.repeat(60)}@example.org`
    const id = await t.accept({ to: [long, 'b@example.org'], sender: `s${long}` })
    const text = `no such user ${'y'.repeat(300)} at all`
    await t.settle(id, 'deferred', { code: 451, enhanced: null, text, host: 'mx.test' })
    const [, whole = ''] = (await t.run(mailq, [])).out.split('\n')
    expect(whole).toContain(` s${long}  ${long} +1  deferred `)
    expect(whole).toMatch(/ at all$/)
    for (const columns of [160, 240]) {
      const { out } = await t.run(mailq, [], { tty: true, columns })
      const row = stripVTControlCharacters(out.split('\n')[1] ?? '')
      expect(row).toHaveLength(columns)
      expect(row).toMatch(/ x+… \+1 +deferred .*…$/)
    }
  })

  test('begins with what is held, and how it is let go; a program is not told', async () => {
    await using t = await relayOnStore()
    await t.run(holds, ['set', 'all'])
    await t.accept()
    const { out } = await t.run(mailq, [])
    expect(out.split('\n').slice(0, 3)).toEqual([
      '-- A standing hold of the party customer keeps all mail back: lift it with "sluice holds lift all".',
      '-- 1 recipient is held: "sluice mailq --status held" lists them, "sluice release" lets them go.',
      expect.stringMatching(/^ID /),
    ])
    expect((await t.run(mailq, ['--json'])).out.split('\n')).toHaveLength(2)
  })

  test('an empty queue is no failure, a filter that matches nothing is status 1', async () => {
    await using t = await relayOnStore()
    const empty = await t.run(mailq, [])
    expect([empty.status, empty.out.split('\n')[0]]).toEqual([0, 'The queue is empty.'])
    const none = await t.run(mailq, ['--to', 'x@example.org'])
    expect([none.status, none.out.split('\n')[0]]).toEqual([1, 'Nothing matches.'])
  })

  test('--json writes the objects of the API, one a line, over all pages', async () => {
    await using t = await relayOnStore()
    for (let i = 0; i < 120; i++) await t.accept()
    const { out } = await t.run(mailq, ['--json'])
    const lines = out.trimEnd().split('\n')
    expect(lines).toHaveLength(120)
    const newest = (await t.ask('GET', '/queue/messages?limit=1')).json<{ data: unknown[] }>()
    expect(JSON.parse(lines[0] ?? '')).toEqual(newest.data[0])
  })

  test('filters are those of the API', async () => {
    await using t = await relayOnStore()
    const id = await t.accept({ to: ['a@example.org'], tag: 'news' })
    await t.accept({ to: ['a@example.com'], tag: 'news' })
    const flags = ['--status', 'queued,held', '--destination', 'example.org', '--tag', 'news']
    const { out } = await t.run(mailq, [...flags, '--newer-than', '1h', '--json'])
    expect((JSON.parse(out) as Message).id).toBe(id)
  })

  test('STATUS and WHY are of the recipients asked for, however many others there are', async () => {
    await using t = await relayOnStore()
    const others = Array.from({ length: 30 }, (_, i) => `u${i}@example.com`)
    const id = await t.accept({ to: [...others, 'last@example.org'] })
    const reply = { code: 550, enhanced: null, text: 'no', host: 'mx.test' }
    await t.settle(id, 'bounced', reply, (index) => index < 20)
    await t.settle(id, 'deferred', undefined, (index) => index === 30)
    const rowFor = async (...args: string[]) => (await t.run(mailq, args)).out.split('\n')[1] ?? ''
    expect(await rowFor()).toMatch(/ u20@example\.com \+30 +mixed {6}/)
    expect(await rowFor('--status', 'queued')).toMatch(
      / u20@example\.com \+30 +queued {5} due now$/,
    )
    expect(await rowFor('--status', 'bounced')).toMatch(
      / u0@example\.com \+30 +bounced {4} 550 no$/,
    )
    expect(await rowFor('--to', 'last@example.org')).toMatch(
      / last@example\.org \+30 +deferred {3} next try /,
    )
    expect(await rowFor('--destination', 'example.org')).toMatch(
      / last@example\.org \+30 +deferred {3} next try /,
    )
    await t.settle(id, 'deferred', undefined, (index) => index >= 20)
    expect(await rowFor()).toMatch(/ u20@example\.com \+30 +deferred {3} next try /)
  })

  test.each([
    [['--to', 'user'], '--to must be a whole address or *@domain'],
    [['--older-than', 'yesterday'], '--older-than must be an age like 90s'],
    [['--status', 'gone'], '--status must be one of queued, deferred'],
    [['--status', 'parked'], '--status must be one of queued, deferred, held, in_flight'],
  ])('what is wrong with a filter is said of its flag, once: %j', async (args, says) => {
    await using t = await relayOnStore()
    const asked: [Verb, string[]][] = [
      [mailq, []],
      [hold.run, []],
      [hold.run, ['--party', 'operator']],
    ]
    for (const [verb, more] of asked) {
      const { status, err } = await t.run(verb, [...args, ...more])
      expect([status, err]).toEqual([64, expect.stringContaining(`sluice: ${says}`)])
      expect(err).not.toMatch(/#|; (must|--)/)
    }
  })

  test('what comes from outside can not move the cursor of a terminal', async () => {
    await using t = await relayOnStore()
    const nasty = '\u001b[2J\u0007\u202eevil\r\n'
    const id = await t.accept({ subject: nasty, sender: `x${nasty}@sender.test` })
    await t.settle(id, 'deferred', { code: 451, enhanced: null, text: nasty, host: nasty })
    const said = [await t.run(mailq, []), await t.run(show, [id]), await t.run(why, [id])]
    const text = said.map(({ out }) => out).join('')
    expect(text).toContain('\\u001b[2J')
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  })

  test('JSON has what a terminal would obey escaped, and says the same', async () => {
    await using t = await relayOnStore()
    const subject = 'a\u009b2J\u007f\u061c\u200f\u202e\u2066\u2028z'
    await t.accept({ subject })
    const { out } = await t.run(mailq, ['--json'])
    expect(out).not.toMatch(/[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/)
    expect((JSON.parse(out) as Message).subject).toBe(subject)
  })

  test('what stands on the command line can not either', async () => {
    await using t = await relayOnStore()
    const nasty = '\u001b]0;x\u0007\u202e'
    const said = [
      await t.run(why, [nasty]),
      await t.run(mailq, [nasty]),
      await t.run(mailq, [`--${nasty}`]),
      await t.run(mailq, ['--url', nasty]),
      await t.run(show, ['-'], { input: `${nasty}\n` }),
    ]
    const text = said.map(({ out, err }) => out + err).join('')
    expect(text).toContain('\\u001b]0;x')
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  })
})

describe('show and why', () => {
  test('show tells all about a message', async () => {
    await using t = await relayOnStore()
    const id = await t.accept({ subject: 'Hello', tag: 'news', messageIdHeader: '<1@x>' })
    await t.settle(id, 'deferred')
    const { status, out } = await t.run(show, [id])
    expect(status).toBe(0)
    for (const part of [
      id,
      'Hello',
      '<1@x>',
      'news',
      'anna@example.org',
      'mx.test [192.0.2.1]',
      '451 4.7.1 Try later',
    ]) {
      expect(out).toContain(part)
    }
  })

  test('show --recipients pages through all of them, or those of a status', async () => {
    await using t = await relayOnStore()
    const to = Array.from({ length: 250 }, (_, i) => `u${i}@example.org`)
    const id = await t.accept({ to })
    await t.settle(id, 'deferred', undefined, (index) => index % 100 === 7)
    const shown = (await t.run(show, [id])).out
    expect(shown).toContain(`  … and 150 more: sluice show ${id} --recipients\n`)
    expect(shown).toContain('Recipients  250: 3 deferred, 247 queued\n')
    const all = await t.run(show, [id, '--recipients', '--json'])
    const lines = all.out.trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { address: string }).address)).toEqual(to)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ id, status: 'queued' })
    const some = await t.run(show, [id, '--recipients', '--status', 'deferred,held'])
    expect(some.out).toBe(
      [7, 107, 207].map((n) => `  deferred    u${n}@example.org  (1 attempt)\n`).join(''),
    )
  })

  test('--json says of which message each line is, and names those that there are none of', async () => {
    await using t = await relayOnStore()
    const ids = [await t.accept(), await t.accept()]
    for (const id of ids) await t.settle(id, 'deferred')
    for (const [verb, flag] of [
      [show, '--attempts'],
      [show, '--recipients'],
      [why, '--json'],
    ] as const) {
      const { status, out } = await t.run(verb, [flag, '--json', 'nothing', ...ids])
      const lines = out.trimEnd().split('\n')
      expect(status).toBe(1)
      expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual([
        'nothing',
        ...ids,
      ])
      expect(JSON.parse(lines[0] ?? '')).toEqual({
        id: 'nothing',
        error: 'No message has this id.',
      })
    }
  })

  test('show --content writes the bytes and nothing else', async () => {
    await using t = await relayOnStore()
    const id = await t.accept({ bytes: Buffer.from('Subject: ä\r\n\r\n.x\r\n') })
    expect((await t.run(show, [id, '--content'])).out).toBe('Subject: ä\r\n\r\n.x\r\n')
  })

  test('why says in one sentence what is waited for, for each group', async () => {
    await using t = await relayOnStore()
    const id = await t.accept({ to: ['a@example.org', 'b@example.org', 'c@example.com'] })
    await t.ask('POST', '/queue/operations', {
      action: 'hold',
      filter: { destination: 'example.com' },
      reason: 'wrong link',
    })
    expect((await t.run(why, [id])).out.split('\n')).toEqual([
      `${id} to a@example.org, b@example.org: due now, waiting for a free connection to the sandbox.`,
      `${id} to c@example.com: held by the customer, "wrong link", until released.`,
      '',
    ])
  })

  test('an id of nothing is status 1, and does not keep the others from being shown', async () => {
    await using t = await relayOnStore()
    const id = await t.accept()
    const { status, out, err } = await t.run(why, ['-'], {
      input: `nothing\n${id}  with more words\n\n`,
    })
    expect(status).toBe(1)
    expect(err).toBe('sluice: nothing: No message has this id.\n')
    expect(out).toContain(id)
  })
})

describe('ledger', () => {
  test('shows both sides, and is status 0 when they agree', async () => {
    await using t = await relayOnStore()
    await t.settle(await t.accept(), 'delivered')
    const { status, out } = await t.run(ledger, ['--days'])
    expect(status).toBe(0)
    expect(out).toMatch(/^accepted +1$/m)
    expect(out).toMatch(/^difference +0 {2}the two sides agree$/m)
    expect(out).toMatch(/^\d{4}-\d\d-\d\d .* account alice$/m)
  })

  test('is status 1 when they do not', async () => {
    await using t = await relayOnStore()
    const real = await t.access.reader.ledger()
    t.access.reader.ledger = () => Promise.resolve({ ...real, accepted: 1, difference: 1 })
    const { status, out } = await t.run(ledger, [])
    expect(status).toBe(1)
    expect(out).toContain('the two sides DISAGREE')
  })
})
