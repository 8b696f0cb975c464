import { afterEach, expect, test, vi } from 'vitest'
import { hold, purge, reopen, retry } from '../../../src/cli/action-verbs.ts'
import { run as holds } from '../../../src/cli/holds.ts'
import { run as mailq } from '../../../src/cli/mailq.ts'
import { run as show } from '../../../src/cli/show.ts'
import { relayOnStore } from './relay-on-store.ts'

afterEach(() => vi.unstubAllEnvs())

test('the verbs that take ids take what mailq writes, as text and as JSON, and nothing else of it', async () => {
  await using t = await relayOnStore()
  await t.run(holds, ['set', 'tag', 'x'])
  const ids = [await t.accept(), await t.accept({ tag: 'x' })]
  for (const args of [[], ['--json']]) {
    const listed = await t.run(mailq, args)
    const { status, out, err } = await t.run(purge.run, ['-', '--yes', '--reason', 'x'], {
      input: listed.out,
    })
    expect([status, err]).toEqual([0, ''])
    expect(out.trimEnd().split('\n')).toHaveLength(2)
    await t.run(reopen.run, ['--all'])
    for (const id of ids) expect(out).toContain(`${id}: 1 recipient`)
  }
  for (const args of [[], ['--tag', 'y']]) {
    await t.run(purge.run, ['--all', '--yes'])
    const nothing = await t.run(mailq, args)
    expect(await t.run(retry.run, ['-'], { input: nothing.out })).toMatchObject({
      status: 1,
      err: 'sluice: no ids on stdin\n',
    })
  }
  const odd = await t.run(retry.run, ['-'], { input: '{"messages": 2}\n' })
  expect(odd).toMatchObject({
    status: 64,
    err: 'sluice: no id in a line of stdin: {"messages": 2}\n',
  })
})

test('an id is found in any case', async () => {
  await using t = await relayOnStore()
  const id = (await t.accept()).toLowerCase()
  expect((await t.run(hold.run, [id])).status).toBe(0)
  expect((await t.run(hold.run, [id, '--party', 'operator'])).status).toBe(0)
  expect((await t.run(show, [id])).out).toContain(id.toUpperCase())
  expect((await t.ask('GET', `/queue/messages/${id}/recipients`)).statusCode).toBe(200)
  expect((await t.ask('POST', `/queue/messages/${id}/release`)).json()).toMatchObject({
    recipients: 1,
  })
})
