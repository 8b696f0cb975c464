import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { loadVerb, negativeAnswers, verbNames, type VerbName } from '../../../src/cli/verbs.ts'
import { relayOnStore, type RelayOnStore } from './relay-on-store.ts'

afterEach(() => vi.unstubAllEnvs())

const unknown = '01M80000000000000000000000'

/** A command line of each verb to which the answer is no. */
const negative: Partial<Record<VerbName, readonly string[]>> = {
  restore: ['/nowhere/copy.db'],
  account: ['rm', 'nobody'],
  key: ['revoke', 'nobody'],
  mailq: ['--to', 'x@example.org'],
  summary: ['--destination', 'x.example'],
  show: [unknown],
  why: [unknown],
  log: [unknown],
  retry: ['--to', 'x@example.org'],
  hold: [unknown],
  release: ['--all'],
  purge: [unknown, '--yes'],
  reopen: ['--all'],
  holds: ['lift', 'all'],
  operations: [unknown],
  refusals: ['--reason', 'size'],
}
/** Those that take a whole relay or a broken store: test/e2e and queue-verbs.test.ts see them. */
const seenElsewhere: readonly VerbName[] = ['status', 'ledger', 'send-test']

const statusOf = async (t: RelayOnStore, verb: VerbName, args: readonly string[]) => {
  const run = await loadVerb(verb)
  return run && (await t.run(run, [...args])).status
}

test('the table of exit status 1 is true for every verb', async () => {
  await using t = await relayOnStore()
  for (const verb of verbNames) {
    if (seenElsewhere.includes(verb)) continue
    const args = negative[verb]
    expect([verb, args !== undefined]).toEqual([verb, negativeAnswers[verb] !== null])
    if (args) expect([verb, await statusOf(t, verb, args)]).toEqual([verb, 1])
  }
})

test('an empty list is no failure; where no relay runs it is 69', async () => {
  await using t = await relayOnStore()
  for (const verb of ['mailq', 'summary', 'operations', 'holds', 'refusals', 'ledger'] as const) {
    expect([verb, await statusOf(t, verb, [])]).toEqual([verb, 0])
  }
  vi.stubEnv('SLUICE_CONFIG', '/dev/null')
  vi.stubEnv('SLUICE_DATA_DIR', join(t.dataDir, 'empty'))
  vi.stubEnv('SLUICE_API_URL', '')
  for (const [verb, ...args] of [
    ['stop'],
    ['status'],
    ['mailq'],
    ['account', 'list'],
    ['account', 'rm', 'x'],
    ['key', 'add', 'x'],
    ['clock', 'accept'],
    ['send-test', 'a@example.org'],
  ] as const) {
    expect([verb, await statusOf(t, verb, args)]).toEqual([verb, 69])
  }
})
