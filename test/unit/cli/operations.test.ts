import { afterEach, expect, test, vi } from 'vitest'
import { hold } from '../../../src/cli/action-verbs.ts'
import { run as operations } from '../../../src/cli/operations.ts'
import type { OperationResource } from '../../../src/operations/operation-resource.ts'
import { relayOnStore } from './relay-on-store.ts'

afterEach(() => vi.unstubAllEnvs())

const many = Array.from({ length: 3000 }, (_, n) => `u${n}@example.org`)

test('a long operation is waited for, and a terminal shows how far it is', async () => {
  await using t = await relayOnStore()
  await t.accept({ to: many })
  const { status, out, err } = await t.run(hold.run, ['--all'], { tty: true })
  expect([status, out]).toEqual([0, '3000 recipients of 1 message held.\n'])
  expect(err).toMatch(/\d+ recipients so far; .*sluice operations stop 01/)
  const piped = await t.run(hold.run, ['--all', '--json'])
  expect(JSON.parse(piped.out)).toEqual({ messages: 1, recipients: 3000, in_flight: 0 })
  expect(piped.err).toBe('')
})

test('operations are listed, shown and stopped', async () => {
  await using t = await relayOnStore()
  expect(await t.run(operations, [])).toMatchObject({
    status: 0,
    out: 'There are no operations.\n',
  })
  await t.accept({ to: ['a@example.org'] })
  await t.run(hold.run, ['--destination', 'example.org', '--reason', 'wrong \u001b[2Jlink'])
  const listed = await t.run(operations, [])
  expect(listed.out).toMatch(/^ID .*\n01\w{24} .* hold +done +1 {2}destination=example.org\n$/)
  const json = await t.run(operations, ['--json'])
  const { id } = JSON.parse(json.out) as OperationResource
  const shown = await t.run(operations, [id])
  expect(shown.out).toContain('reason      wrong \\u001b[2Jlink\n')
  expect(shown.out).toContain('touched     1 recipient of 1 message\n')
  const late = await t.run(operations, ['stop', id])
  expect([late.status, late.err]).toEqual([64, 'sluice: The operation has ended already.\n'])
})

test.each([
  [['01M80000000000000000000001'], 1, /No operation has this id/],
  [['stop'], 64, /operations stop: ID is missing/],
  [['stop', 'a', 'b'], 64, /unexpected argument "b"/],
  [['a', 'b'], 64, /unexpected argument "b"/],
  [['--limit', '0'], 64, /invalid --limit "0"/],
])('%j is complained of', async (args, status, why) => {
  await using t = await relayOnStore()
  const said = await t.run(operations, args)
  expect(said.status).toBe(status)
  expect(said.err).toMatch(why)
})
