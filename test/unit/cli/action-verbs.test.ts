import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { hold, purge, release, reopen, retry } from '../../../src/cli/action-verbs.ts'
import { dataPaths } from '../../../src/config/paths.ts'
import type { Verb } from '../../../src/cli/io.ts'
import { run as holds } from '../../../src/cli/holds.ts'
import { run as key } from '../../../src/cli/key.ts'
import { run as ledger } from '../../../src/cli/ledger.ts'
import { run as mailq } from '../../../src/cli/mailq.ts'
import { run as show } from '../../../src/cli/show.ts'
import { relayOnStore } from './relay-on-store.ts'

afterEach(() => vi.unstubAllEnvs())

const jsonLines = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

describe('retry, hold, release, purge', () => {
  test('take ids from stdin and say what was done to each', async () => {
    await using t = await relayOnStore()
    const ids = [await t.accept(), await t.accept()]
    for (const id of ids) await t.settle(id, 'deferred')
    const { status, out } = await t.run(retry.run, ['-'], { input: ids.join('\n') })
    expect(status).toBe(0)
    expect(out).toBe(ids.map((id) => `${id}: 1 recipient of 1 message retried.\n`).join(''))
    expect(await t.statusesOf(ids[0] ?? '')).toEqual(['queued'])
  })

  test('touch what a filter matches, and nothing else', async () => {
    await using t = await relayOnStore()
    const id = await t.accept({ to: ['a@example.org', 'b@example.com'] })
    const held = await t.run(hold.run, [
      '--destination',
      'example.org',
      '--reason',
      'x',
      '--for',
      '2h',
    ])
    expect([held.status, held.out]).toEqual([0, '1 recipient of 1 message held.\n'])
    expect(await t.statusesOf(id)).toEqual(['held', 'queued'])
    const released = await t.run(release.run, ['--all', '--json'])
    expect(JSON.parse(released.out)).toEqual({ messages: 1, recipients: 1, in_flight: 0 })
    expect(await t.statusesOf(id)).toEqual(['queued', 'queued'])
  })

  test('reopen undoes a purge, and says what has no content any more', async () => {
    await using t = await relayOnStore()
    const id = await t.accept()
    const bounced = await t.accept()
    await t.settle(bounced, 'bounced')
    await t.run(purge.run, [id, '--yes'])
    const undone = await t.run(reopen.run, ['--status', 'cancelled'])
    expect([undone.status, undone.out]).toEqual([0, '1 recipient of 1 message reopened.\n'])
    expect(await t.statusesOf(id)).toEqual(['queued'])
    const database = new DatabaseSync(dataPaths(t.dataDir).database)
    database.exec('DELETE FROM chunk')
    database.close()
    const gone = await t.run(reopen.run, [bounced])
    expect([gone.status, gone.out]).toEqual([
      1,
      `${bounced}: 1 recipient not changed: the content is not kept any more.\n`,
    ])
    const none = await t.run(reopen.run, ['--status', 'cancelled'])
    expect([none.status, none.out]).toEqual([1, 'nothing matches.\n'])
  })

  test('--dry-run counts and does nothing', async () => {
    await using t = await relayOnStore()
    const id = await t.accept()
    const { status, out } = await t.run(purge.run, ['--all', '--dry-run'])
    expect([status, out]).toEqual([0, '1 recipient of 1 message would be purged.\n'])
    expect(await t.statusesOf(id)).toEqual(['queued'])
  })

  test('--json says of which message, and names those that there are none of', async () => {
    await using t = await relayOnStore()
    const id = await t.accept()
    const ids = [id, 'nothing\u001b[2J']
    for (const [verb, args] of [[hold], [release], [retry], [purge, '--yes']] as const) {
      const asked = ['--json', ...(args ? [args] : []), ...ids]
      const { status, out, err } = await t.run(verb.run, asked)
      expect([status, err]).toEqual([1, 'sluice: nothing\\u001b[2J: No message has this id.\n'])
      expect(out).not.toContain('\u001b')
      expect(jsonLines(out)).toEqual([
        { id, messages: 1, recipients: 1, in_flight: 0 },
        { id: ids[1], error: 'No message has this id.' },
      ])
    }
  })

  test('a reason that goes with ids stands in the events', async () => {
    await using t = await relayOnStore()
    const id = await t.accept()
    for (const verb of [hold, release, retry]) await t.run(verb.run, [id, '--reason', 'as agreed'])
    await t.run(purge.run, [id, '--yes', '--reason', 'as agreed'])
    const { data } = (await t.ask('GET', '/events')).json<{
      data: { event: string; data: { reason?: string } }[]
    }>()
    const told = data.filter(({ data: { reason } }) => reason === 'as agreed')
    expect(told.map(({ event }) => event)).toEqual(['held', 'released', 'retried', 'cancelled'])
  })

  test.each<[Verb, string[], string]>([
    [retry.run, [], 'retried; 1 of them in flight: that attempt is not interrupted.'],
    [
      hold.run,
      [],
      'held; 1 of them in flight: that attempt is not interrupted, and is the last until a release.',
    ],
    [release.run, [], 'released; 1 of them in flight: that attempt is not interrupted.'],
    [
      purge.run,
      ['--yes'],
      'purged; 1 of them in flight: that attempt is not interrupted, and is the last.',
    ],
  ])(
    'what becomes of those in flight is said for each action: %o %j %s',
    async (verb, args, says) => {
      await using t = await relayOnStore()
      const id = await t.accept({ to: ['a@example.org', 'b@example.org'] })
      await t.takeOff(id, (index) => index === 0)
      if (verb === release.run) await t.run(hold.run, [id])
      const { out } = await t.run(verb, [id, ...args])
      expect(out).toBe(`${id}: 2 recipients of 1 message ${says}\n`)
    },
  )

  test('a retry does not count those whom a hold keeps back, whoever holds them', async () => {
    await using t = await relayOnStore()
    const id = await t.accept({ to: ['a@example.org', 'b@example.org', 'c@example.com'] })
    await t.settle(id, 'deferred')
    await t.run(hold.run, ['--destination', 'example.com'])
    const some = await t.run(retry.run, ['--all'])
    expect([some.status, some.out]).toEqual([
      0,
      '2 of 3 recipients of 1 message retried; the other one is held, and tried once released ("sluice why ID" says by whom).\n',
    ])
    await t.run(hold.run, [id, '--party', 'operator'])
    const { out } = await t.run(retry.run, [id])
    expect(out).toBe(
      `${id}: 3 recipients of 1 message not retried: held, and tried once released ("sluice why ID" says by whom).\n`,
    )
  })

  test.each([
    [retry, 'retry'],
    [hold, 'hold'],
    [release, 'release'],
  ])(
    'a message that is settled is left alone, and how it ended is said: %#',
    async (verb, name) => {
      await using t = await relayOnStore()
      const id = await t.accept({ to: ['a@example.org', 'b@example.org'] })
      await t.settle(id, 'delivered', undefined, (index) => index === 0)
      await t.settle(id, 'bounced', undefined, (index) => index === 1)
      expect(await t.run(verb.run, [id])).toEqual({
        status: 1,
        out: '',
        err:
          `sluice: ${id}: There is nothing left to ${name}, as every recipient is settled: 1 delivered, 1 bounced. ` +
          '"reopen" sends to the bounced, expired and cancelled ones again.\n',
      })
    },
  )

  test('what was delivered is not reopened, and that is said', async () => {
    await using t = await relayOnStore()
    const id = await t.accept()
    await t.settle(id, 'delivered')
    const { status, err } = await t.run(reopen.run, [id])
    expect([status, err]).toEqual([
      1,
      `sluice: ${id}: No recipient can be reopened: 1 delivered. Only bounced, expired and cancelled ones can.\n`,
    ])
  })

  test('a release says who goes on being held, and where another party holds all', async () => {
    await using t = await relayOnStore()
    const id = await t.accept()
    await t.run(hold.run, [id, '--party', 'operator'])
    const { out: none } = await t.run(release.run, ['--all'])
    expect(none).toMatch(/^nothing open matches that this party holds; --party P releases /)
    await t.run(hold.run, [id])
    const { out } = await t.run(release.run, [id])
    expect(out).toMatch(
      /released; 1 of them stay held by another party \("sluice why ID" names it\)\.\n$/,
    )
  })

  test('a release by filter names the standing hold that goes on holding new mail', async () => {
    await using t = await relayOnStore()
    await t.accept()
    for (const party of [[], ['--party', 'operator']]) {
      await t.run(holds, ['set', 'all', ...party])
      const { status, out, err } = await t.run(release.run, ['--all', ...party])
      expect([status, out]).toEqual([
        0,
        expect.stringMatching(/^1 recipient of 1 message released/),
      ])
      const lift = ['sluice holds lift all', ...party].join(' ')
      expect(err).toBe(`A standing hold goes on holding new mail; lift it with: ${lift}\n`)
    }
    await t.run(holds, ['set', 'tag', 'news'])
    expect((await t.run(release.run, ['--all'])).err).toBe(
      '2 standing holds go on holding new mail; list them with: sluice holds\n',
    )
    expect((await t.run(release.run, ['--all', '--dry-run'])).err).toBe('')
  })

  test('nothing that matched is status 1', async () => {
    await using t = await relayOnStore()
    const { status, out } = await t.run(retry.run, ['--to', 'x@example.org'])
    expect([status, out]).toEqual([1, 'nothing open matches.\n'])
  })

  test('a script must say --yes to a purge, and is told what it would have done', async () => {
    await using t = await relayOnStore()
    const id = await t.accept()
    for (const args of [['--all'], [id]]) {
      const { status, err } = await t.run(purge.run, args)
      expect(status).toBe(64)
      expect(err).toMatch(
        /^sluice: 1 .*message would be purged; "sluice reopen" undoes it as long as the content is kept; add --yes to confirm\n$/,
      )
    }
    expect(await t.statusesOf(id)).toEqual(['queued'])
    expect((await t.run(purge.run, ['--all', '--yes'])).status).toBe(0)
    expect(await t.statusesOf(id)).toEqual(['cancelled'])
  })

  test.each([
    ['y\n', 0, 'cancelled'],
    ['n\n', 1, 'queued'],
    ['\n', 1, 'queued'],
    ['', 1, 'queued'],
  ])('a person is asked before a purge: %j', async (input, status, state) => {
    await using t = await relayOnStore()
    const id = await t.accept()
    const said = await t.run(purge.run, ['--all'], { input, tty: true })
    expect(said.out).toContain('Continue? [y/N]')
    expect(said.status).toBe(status)
    expect(await t.statusesOf(id)).toEqual([state])
  })

  test("another party's hold is lifted only in its name, by who has a hand on the machine", async () => {
    await using t = await relayOnStore()
    const id = await t.accept()
    expect((await t.run(hold.run, ['--all', '--party', 'operator'])).status).toBe(0)
    expect((await t.run(release.run, [id])).status).toBe(1)
    expect(await t.statusesOf(id)).toEqual(['held'])
    expect((await t.run(release.run, [id, '--party', 'operator'])).status).toBe(0)
    expect(await t.statusesOf(id)).toEqual(['queued'])
  })

  test.each<[Verb, string[]]>([
    [retry.run, []],
    [retry.run, ['01M80000000000000000000000', '--to', 'a@example.org']],
    [retry.run, ['--bogus']],
    [retry.run, ['--all', '--for', '2h']],
    [retry.run, ['--all', '--party', 'operator']],
    [hold.run, ['--all', '--for', 'ever']],
    [release.run, ['--all', '--party', 'customers']],
    [hold.run, ['--status', 'gone', '--party', 'operator']],
    [hold.run, ['--to', '*b@example.org']],
    [hold.run, ['--status', 'delivered']],
    [purge.run, ['01M80000000000000000000000', '--dry-run']],
    [mailq, ['01M80000000000000000000000']],
    [mailq, ['--older-than', 'yesterday']],
    [show, []],
    [ledger, ['all']],
    [key, ['add']],
    [key, ['add', 'x', '--scope', 'everything']],
    [key, ['revoke']],
    [key, ['revoke', 'x', 'y']],
  ])('a command line that makes no sense is status 64: %o %j', async (verb, args) => {
    await using t = await relayOnStore()
    const id = await t.accept()
    const { status, err } = await t.run(verb, args)
    expect([status, err !== '']).toEqual([64, true])
    expect(await t.statusesOf(id)).toEqual(['queued'])
  })
})
