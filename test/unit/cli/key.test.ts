import { afterEach, expect, test, vi } from 'vitest'
import type { ApiKeyResource } from '../../../src/operations/api-keys.ts'
import type { AuditEntry } from '../../../src/operations/read-audit.ts'
import { hold as holdVerb } from '../../../src/cli/action-verbs.ts'
import { run as audit } from '../../../src/cli/audit.ts'
import { run as key } from '../../../src/cli/key.ts'
import { relayOnStore, type RelayOnStore } from './relay-on-store.ts'

afterEach(() => vi.unstubAllEnvs())

const listed = async (t: RelayOnStore): Promise<ApiKeyResource[]> =>
  (await t.run(key, ['list', '--json'])).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ApiKeyResource)

test('a key is made with role, scopes, networks, accounts and an end, shown once, and listed', async () => {
  await using t = await relayOnStore()
  const made = await t.run(key, [
    ...['add', 'dashboard', '--role', 'reader', '--scope', 'queue:read,events:read'],
    ...['--network', '192.0.2.0/24', '--account', 'Shop', '--for', '90d'],
  ])
  expect(made).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^sk_[0-9a-f]{12}_\S+\n$/) as string,
  })
  const shown = (await listed(t)).find(({ name }) => name === 'dashboard')
  expect(shown).toMatchObject({
    ...{ role: 'reader', scopes: ['queue:read', 'events:read'], made_by: 'party:operator' },
    ...{ networks: ['192.0.2.0/24'], accounts: ['shop'], last_used_at: null },
  })
  const { out } = await t.run(key, ['list'])
  expect(out).toMatch(/reader .* never .* mail of shop; from 192\.0\.2\.0\/24; until 20/)
  expect(out).not.toContain(made.out.slice(16, 40))
})

test.each([
  [['--role', 'root'], 'unknown role "root"'],
  [['--scope', 'all'], 'unknown scope "all"'],
  [['--role', 'reader', '--scope', 'queue:purge'], "can't have queue:purge"],
  [['--network', 'nowhere'], '--network: "nowhere" is no network'],
  [['--account', ''], '--account: name logins'],
  [['--for', 'ever'], '--for "ever"'],
  [['--for', '0'], '--for: must be in the future'],
])('key add with %j is a mistake that says what it is', async (flags, words) => {
  await using t = await relayOnStore()
  const { status, err } = await t.run(key, ['add', 'x', ...flags])
  expect(status).toBe(64)
  expect(err).toContain(words)
  expect(await listed(t)).toHaveLength(1)
})

test('audit lists who changed what, newest first, by who and by what', async () => {
  await using t = await relayOnStore()
  await t.run(key, ['add', 'page'])
  const id = await t.accept()
  await t.run(holdVerb.run, [id, '--reason', 'asked to'])
  const { out } = await t.run(audit, [])
  expect(out.split('\n')[1]).toMatch(/key:\w+ \(test\) +hold .*"asked to"/)
  expect(out.split('\n')[2]).toMatch(/party:operator +add_key/)
  const one = await t.run(audit, ['--actor', 'party:operator', '--limit', '1', '--json'])
  expect(JSON.parse(one.out) as AuditEntry).toMatchObject({ action: 'add_key', key_name: null })
  expect((await t.run(audit, ['--action', 'nothing'])).status).toBe(64)
  expect((await t.run(audit, ['--actor', 'nobody'])).out).toBe('Nothing is on record.\n')
})
