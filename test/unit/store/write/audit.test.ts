import { expect, test } from 'vitest'
import type { Command } from '../../../../src/store/protocol/commands.ts'
import { day } from '../../../../src/time/clock.ts'
import type { Principal } from '../../../../src/words/principal.ts'
import { keyRights } from '../../../kit/key-rights.ts'
import {
  accept,
  messageTo,
  operation,
  storeForEachTest,
  type FreshStore,
  type OwnClock,
} from '../../../kit/store.ts'

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']
let clock: OwnClock
storeForEachTest({}, (fresh) => ({ clock, pieces, reader } = fresh))

const operator: Principal = { kind: 'party', id: 'operator' }
const say = <C extends Command>(command: C, by: Principal = operator) =>
  pieces.send(command, Buffer.alloc(0), by)

const told = async (filter = {}, limit = 100) =>
  (await reader.audit(filter, { before: null, limit })).entries
const newKey = (
  id: string,
  by: Principal = operator,
  rights = keyRights('queue:read', 'keys:write'),
) => say({ kind: 'put-api-key', id, secretHash: 'hidden', name: `name of ${id}`, rights }, by)

test('each change of accounts and keys is told with who, what, and to what, and never with a secret', async () => {
  const account = { kind: 'put-account', name: 'shop' } as const
  await say({ ...account, passwordHash: 'hidden', create: true })
  await say({ ...account, passwordHash: null, dailyRecipients: 5, create: false })
  await say({ kind: 'remove-account', name: 'shop' })
  await newKey('aa')
  await say({ kind: 'revoke-api-key', key: 'aa' })
  const entries = await told()
  expect(entries.map(({ action, subject }) => [action, subject])).toEqual([
    ['revoke_key', 'aa'],
    ['add_key', 'aa'],
    ['remove_account', 'shop'],
    ['change_account', 'shop'],
    ['add_account', 'shop'],
  ])
  expect(entries[3]).toMatchObject({ actor: 'party:operator', detail: { daily_recipients: '5' } })
  expect(entries[1]).toMatchObject({ detail: { name: 'name of aa', role: 'customer' } })
  expect(JSON.stringify(entries)).not.toContain('hidden')
})

test('an operation is told once, when it has ended, with its filter, its reason and how many it changed', async () => {
  await accept(pieces, messageTo(Array.from({ length: 1300 }, (_, n) => `u${n}@d.test`)))
  await newKey('aa')
  const key: Principal = { kind: 'key', id: 'aa' }
  await say(operation('hold', { filter: { destination: 'd.test' }, reason: 'looked at' }), key)
  await say(operation('purge', { filter: {}, dryRun: true }), key)
  const [entry, ...others] = await told({ actor: 'key:aa' })
  expect(others).toEqual([])
  expect(entry).toMatchObject({
    action: 'hold',
    keyName: 'name of aa',
    filter: { destination: 'd.test' },
    recipients: 1300,
    reason: 'looked at',
    detail: { party: 'customer', state: 'done' },
  })
})

test('who reads content is told before; what the relay does of itself is not told', async () => {
  await say({ kind: 'note-content-read', message: 'ID' })
  await pieces.send({ kind: 'remove-account', name: 'nobody' })
  await pieces.send(operation('retry', {}))
  expect(await told()).toMatchObject([{ action: 'read_content', subject: 'ID' }])
})

test('what was refused changes nothing, and is not told', async () => {
  expect(await say({ kind: 'remove-account', name: 'nobody' })).toMatchObject({ kind: 'refused' })
  expect(await told()).toEqual([])
})

test('pages go on where the one before ended, also by who and by what', async () => {
  for (let n = 0; n < 5; n++) await say({ kind: 'note-content-read', message: `M${n}` })
  const seen: (string | null)[] = []
  for (let before: number | null | undefined; before !== null;) {
    const page = await reader.audit(
      { actor: 'party:operator', action: 'read_content' },
      { before: before ?? null, limit: 2 },
    )
    seen.push(...page.entries.map(({ subject }) => subject))
    before = page.next
  }
  expect(seen).toEqual(['M4', 'M3', 'M2', 'M1', 'M0'])
  expect(await told({ actor: 'party:abuse' })).toEqual([])
  expect(await told({ action: 'add_key' })).toEqual([])
})

test('entries go when they are older than their retention, and not before', async () => {
  await say({ kind: 'note-content-read', message: 'old' })
  clock.at += 200 * day
  await say({ kind: 'note-content-read', message: 'newer' })
  clock.at += 199 * day
  await pieces.sweep()
  expect(await told()).toHaveLength(2)
  clock.at += 2 * day
  await pieces.sweep()
  expect(await told()).toMatchObject([{ subject: 'newer' }])
})

test('no key makes, changes or revokes one above its own rights; it may those below', async () => {
  await newKey('own')
  const own: Principal = { kind: 'key', id: 'own' }
  const wanted = keyRights('queue:read', 'queue:purge')
  const refused = { kind: 'refused', reason: 'above own rights', right: 'scopes' }
  expect(await newKey('more', own, wanted)).toEqual(refused)
  expect(await newKey('less', own, keyRights('queue:read'))).toEqual({ kind: 'ok' })
  expect(await newKey('big', operator, wanted)).toEqual({ kind: 'ok' })
  // Nor does it take over the id of one
  expect(await newKey('big', own, keyRights('queue:read'))).toEqual(refused)
  expect(await say({ kind: 'revoke-api-key', key: 'big' }, own)).toEqual(refused)
  expect(await say({ kind: 'revoke-api-key', key: 'less' }, own)).toMatchObject({ kind: 'revoked' })
  await say({ kind: 'revoke-api-key', key: 'own' })
  expect(await newKey('after', own, keyRights('queue:read'))).toEqual(refused)
})

test('the last use of a key is kept, and never goes back', async () => {
  await newKey('aa')
  expect(await reader.apiKey('aa')).toMatchObject({ lastUsedAt: null, madeBy: 'party:operator' })
  await pieces.send({ kind: 'note-key-use', id: 'aa', at: 2000 })
  await pieces.send({ kind: 'note-key-use', id: 'aa', at: 1000 })
  expect(await reader.apiKey('aa')).toMatchObject({ lastUsedAt: 2000 })
})
