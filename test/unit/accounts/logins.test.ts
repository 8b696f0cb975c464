import { beforeAll, expect, test } from 'vitest'
import { Logins } from '../../../src/accounts/logins.ts'
import { hashPassword } from '../../../src/accounts/password.ts'

const now = (): number => 1_000_000

let alice = { name: 'alice', password: 'right', address: '192.0.2.1', hash: '' }
let otherHash = ''
beforeAll(async () => {
  alice = { ...alice, hash: await hashPassword('right') }
  otherHash = await hashPassword('other')
})

test('the right password is welcome, again and again; wrong ones and unknown names are wrong', async () => {
  const logins = new Logins(now)
  expect(await logins.check(alice)).toEqual({ kind: 'welcome' })
  expect(await logins.check(alice)).toEqual({ kind: 'welcome' })
  expect(await logins.check({ ...alice, password: 'wrong' })).toEqual({ kind: 'wrong' })
  expect(await logins.check({ ...alice, hash: null })).toEqual({ kind: 'wrong' })
})

test('a remembered password is forgotten as soon as the stored hash is another', async () => {
  const logins = new Logins(now)
  await logins.check(alice)
  expect(await logins.check({ ...alice, hash: otherHash })).toEqual({ kind: 'wrong' })
})

test('a remembered password opens no other account', async () => {
  const logins = new Logins(now)
  await logins.check(alice)
  const bob = { ...alice, name: 'bob', hash: otherHash }
  expect(await logins.check(bob)).toEqual({ kind: 'wrong' })
})

test('who is throttled is told for how long, even with the right password', async () => {
  const logins = new Logins(now)
  for (let i = 0; i < 20; i++) {
    await logins.check({ ...alice, password: `wrong ${i}`, hash: 'no hash' })
  }
  expect(await logins.check(alice)).toEqual({ kind: 'throttled', forMs: 600_000 })
})

test('100 guesses at once from one address are 20, and hold up neither logins from elsewhere nor remembered ones', async () => {
  const logins = new Logins(now)
  const bob = { ...alice, name: 'bob' }
  await logins.check(bob)
  let answered = 0
  const guesses = Array.from({ length: 100 }, async (_, i) => {
    const { kind } = await logins.check({ ...alice, password: `guess ${i}` })
    answered++
    return kind
  })
  expect(await logins.check(bob)).toEqual({ kind: 'welcome' })
  expect(answered).toBe(0)
  expect(await logins.check({ ...alice, address: '198.51.100.7' })).toEqual({ kind: 'welcome' })
  expect(answered).toBeLessThan(6)
  const kinds = await Promise.all(guesses)
  expect(kinds.filter((kind) => kind === 'wrong')).toHaveLength(20)
  expect(kinds.filter((kind) => kind === 'throttled')).toHaveLength(80)
})

test('50 right logins at once from one address are all welcome', async () => {
  const logins = new Logins(now)
  const checks = Array.from({ length: 50 }, () => logins.check(alice))
  expect(new Set((await Promise.all(checks)).map(({ kind }) => kind))).toEqual(new Set(['welcome']))
})
