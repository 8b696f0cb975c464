import { afterEach, describe, expect, test, vi } from 'vitest'
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
    expect(heading).toMatch(/^ID +AGE +SIZE +FROM +RCPTS +STATUS +WHY$/)
    expect(row).toMatch(
      new RegExp(
        `^${id} .* alice@sender\\.test +2 +deferred +next try in .*: 451 4\\.7\\.1 Try later$`,
      ),
    )
    expect(sums).toBe('-- 17 B in 1 message to 2 recipients.')
    expect(sandbox).toContain('nothing leaves')
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
})

describe('show and why', () => {
  test('show tells all about a message', async () => {
    await using t = await relayOnStore()
    const id = await t.accept({ subject: 'Hello', tag: 'news', messageId: '<1@x>' })
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
    const real = t.access.reader.ledger()
    t.access.reader.ledger = () => ({ ...real, accepted: 1, difference: 1 })
    const { status, out } = await t.run(ledger, [])
    expect(status).toBe(1)
    expect(out).toContain('the two sides DISAGREE')
  })
})
