import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'
import { idIn } from '../kit/smtp-conversation.ts'

const jsonLines = (output: string): unknown[] =>
  output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

test('mailq, show, why, hold, release, retry, purge and ledger do on the terminal what the API does', async () => {
  await using remote = await startRemote({ rcpt: '450 4.2.1 mailbox busy' })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  const first = idIn(await client.submit({ to: 'a@one.test' }))
  const second = idIn(await client.submit({ to: 'b@two.test' }))
  await relay.until({ deferred: 2 })

  const mailq = await relay.cli(['mailq'])
  expect(mailq).toMatchObject({ code: 0 })
  expect(mailq.output).toContain(first)
  expect(mailq.output).toContain(second)
  const listed = jsonLines(
    (await relay.cli(['mailq', '--json', '--destination', 'two.test'])).output,
  )
  expect(listed).toMatchObject([{ id: second, recipients: [{ status: 'deferred' }] }])
  expect((await relay.cli(['mailq', '--to', 'nobody@three.test'])).code).toBe(1)

  expect((await relay.cli(['show', first])).output).toMatch(/a@one\.test/)
  const why = await relay.cli(['why', first])
  expect(why.code).toBe(0)
  expect(why.output).toMatch(/450 4\.2\.1 mailbox busy/)
  expect(why.output.trim().split('\n')).toHaveLength(1)

  expect(await relay.cli(['hold', first])).toMatchObject({ code: 0 })
  expect((await relay.cli(['why', first])).output).toMatch(/held/i)
  expect(await relay.cli(['release', '-'], `${first}\n`)).toMatchObject({ code: 0 })
  remote.script = {}
  expect(await relay.cli(['retry', '-'], `${first}\n`)).toMatchObject({ code: 0 })
  await relay.until({ delivered: 1 })

  expect((await relay.cli(['purge', second])).code).toBe(64)
  expect((await relay.cli(['purge'])).code).toBe(64)
  expect(await relay.cli(['purge', second, '--yes'])).toMatchObject({ code: 0 })
  const ledger = jsonLines((await relay.cli(['ledger', '--json'])).output)
  expect(ledger).toMatchObject([
    { accepted: 2, delivered: 1, cancelled: 1, open: 0, difference: 0 },
  ])
  expect((await relay.cli(['frobnicate'])).code).toBe(64)
  const { accepted, delivered, cancelled } = await relay.summary()
  expect({ accepted, delivered, cancelled }).toEqual({ accepted: 2, delivered: 1, cancelled: 1 })
})

test('accounts come, change and go from the terminal, each change at once', async () => {
  await using relay = await startRelay()
  const password = 'correct horse battery'
  const add = await relay.cli(
    ['account', 'add', 'shop', '--limit', '2', '--password-stdin'],
    `${password}\n`,
  )
  expect(add).toMatchObject({ code: 0 })
  await using client = await relay.smtp({ as: { account: 'shop', password } })
  expect(await client.submit({ to: ['a@dest.test', 'b@dest.test'] })).toMatch(/^250 /)
  expect(await client.submit({ to: 'c@dest.test' })).toMatch(/^450 4\.7\.1 /)
  expect((await relay.cli(['account', 'list'])).output).toMatch(/shop/)
  await relay.cli(['account', 'passwd', 'shop', '--password-stdin'], 'another one entirely\n')
  await expect(relay.smtp({ as: { account: 'shop', password } })).rejects.toThrow(/535/)
  await using changed = await relay.smtp({
    as: { account: 'shop', password: 'another one entirely' },
  })
  await changed.command('NOOP', /^250/)
  expect(await relay.cli(['account', 'rm', 'shop'])).toMatchObject({ code: 0 })
  await expect(
    relay.smtp({ as: { account: 'shop', password: 'another one entirely' } }),
  ).rejects.toThrow(/535/)

  const sent = await relay.cli(['send-test', 'you@example.test'])
  expect(sent).toMatchObject({ code: 0 })
  await relay.until({ delivered: 3 })
  expect(await relay.summary()).toEqual({ accepted: 2, delivered: 3 })
})
