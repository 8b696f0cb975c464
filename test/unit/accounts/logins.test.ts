import { beforeAll, expect, test } from 'vitest'
import { Logins } from '../../../src/accounts/logins.ts'
import { hashPassword } from '../../../src/accounts/password.ts'

const now = 1_000_000
const alice = { name: 'alice', password: 'right', address: '192.0.2.1' }

let hash = ''
let otherHash = ''
beforeAll(async () => {
  hash = await hashPassword('right')
  otherHash = await hashPassword('other')
})

test('the right password is welcome, again and again; wrong ones and unknown names are wrong', async () => {
  const logins = new Logins()
  expect(await logins.check(alice, hash, now)).toEqual({ kind: 'welcome' })
  expect(await logins.check(alice, hash, now)).toEqual({ kind: 'welcome' })
  expect(await logins.check({ ...alice, password: 'wrong' }, hash, now)).toEqual({ kind: 'wrong' })
  expect(await logins.check(alice, null, now)).toEqual({ kind: 'wrong' })
})

test('a remembered password is forgotten as soon as the stored hash is another', async () => {
  const logins = new Logins()
  await logins.check(alice, hash, now)
  expect(await logins.check(alice, otherHash, now)).toEqual({ kind: 'wrong' })
})

test('a remembered password opens no other account', async () => {
  const logins = new Logins()
  await logins.check(alice, hash, now)
  expect(await logins.check({ ...alice, name: 'bob' }, otherHash, now)).toEqual({ kind: 'wrong' })
})

test('who is throttled is told until when, even with the right password', async () => {
  const logins = new Logins()
  for (let i = 0; i < 20; i++)
    await logins.check({ ...alice, password: `wrong ${i}` }, 'no hash', now)
  expect(await logins.check(alice, hash, now)).toMatchObject({ kind: 'throttled' })
})
