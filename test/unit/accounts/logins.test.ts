import { beforeAll, describe, expect, test } from 'vitest'
import { Logins, refusalDelay } from '../../../src/accounts/logins.ts'
import type { PasswordBackend } from '../../../src/accounts/password-backend.ts'
import { hashPassword } from '../../../src/accounts/password.ts'
import { storedPasswords } from '../../../src/accounts/stored-passwords.ts'
import { minute } from '../../../src/time/clock.ts'
import { eventually } from '../../kit/facts.ts'

const now = (): number => 1_000_000
const alice = { name: 'alice', password: 'right', address: '192.0.2.1' }
const welcome = { kind: 'welcome', account: 'alice' }

let hashes: Record<string, string> = {}
let logins: Logins
let right = ''
let other = ''
beforeAll(async () => {
  right = await hashPassword('right')
  other = await hashPassword('other')
})

/** Logins over the passwords of a store that has these accounts. */
function overStored(accounts: Record<string, string>): Logins {
  hashes = accounts
  const account = (name: string) => {
    const passwordHash = hashes[name]
    return Promise.resolve(passwordHash === undefined ? null : { passwordHash })
  }
  return new Logins(storedPasswords({ account }), now)
}

describe('the accounts of the store', () => {
  test('the right password is welcome, again and again; wrong ones, unknown and impossible names are wrong', async () => {
    logins = overStored({ alice: right })
    expect(await logins.check(alice)).toEqual(welcome)
    expect(await logins.check(alice)).toEqual(welcome)
    expect(await logins.check({ ...alice, name: 'ALICE' })).toEqual(welcome)
    expect(await logins.check({ ...alice, password: 'wrong' })).toEqual({ kind: 'wrong' })
    expect(await logins.check({ ...alice, name: 'nobody' })).toEqual({ kind: 'wrong' })
    expect(await logins.check({ ...alice, name: 'a b' })).toEqual({ kind: 'wrong' })
  })

  test('a remembered password is forgotten as soon as the stored hash is another, or the account is gone', async () => {
    logins = overStored({ alice: right })
    await logins.check(alice)
    hashes['alice'] = other
    expect(await logins.check(alice)).toEqual({ kind: 'wrong' })
    logins = overStored({ alice: right })
    await logins.check(alice)
    hashes = {}
    expect(await logins.check(alice)).toEqual({ kind: 'wrong' })
  })

  test('a remembered password opens no other account', async () => {
    logins = overStored({ alice: right, bob: other })
    await logins.check(alice)
    expect(await logins.check({ ...alice, name: 'bob' })).toEqual({ kind: 'wrong' })
  })

  test('who is throttled is told for how long, even with the right password', async () => {
    logins = overStored({ alice: 'no hash' })
    for (let i = 0; i < 20; i++) await logins.check({ ...alice, password: `wrong ${i}` })
    hashes['alice'] = right
    expect(await logins.check(alice)).toEqual({ kind: 'throttled', forMs: 600_000 })
  })

  test('100 guesses at once from one address are 20, and hold up neither logins from elsewhere nor remembered ones', async () => {
    logins = overStored({ alice: right, bob: right })
    const bob = { ...alice, name: 'bob' }
    await logins.check(bob)
    let answered = 0
    const guesses = Array.from({ length: 100 }, async (_, i) => {
      const { kind } = await logins.check({ ...alice, password: `guess ${i}` })
      answered++
      return kind
    })
    expect(await logins.check(bob)).toMatchObject({ kind: 'welcome' })
    expect(answered).toBe(0)
    expect(await logins.check({ ...alice, address: '198.51.100.7' })).toEqual(welcome)
    expect(answered).toBeLessThan(6)
    const kinds = await Promise.all(guesses)
    expect(kinds.filter((kind) => kind === 'wrong')).toHaveLength(20)
    expect(kinds.filter((kind) => kind === 'throttled')).toHaveLength(80)
  })

  test('50 right logins at once from one address are all welcome', async () => {
    logins = overStored({ alice: right })
    const checks = Array.from({ length: 50 }, () => logins.check(alice))
    expect(new Set((await Promise.all(checks)).map(({ kind }) => kind))).toEqual(
      new Set(['welcome']),
    )
  })
})

/** A backend elsewhere, which can't tell when a password changes. */
const elsewhere = (check: PasswordBackend['check']): PasswordBackend => ({
  hasStoredAccounts: false,
  checksAtOnce: 10,
  versionOf: () => Promise.resolve(null),
  check,
})

describe('another backend', () => {
  test('says which account a name logs in to, and is asked again after five minutes', async () => {
    let asked = 0
    let at = 0
    const backend = elsewhere(() => {
      asked++
      return Promise.resolve({ kind: 'account', account: 'mailbox@own.test', version: null })
    })
    logins = new Logins(backend, () => at)
    const login = { kind: 'welcome', account: 'mailbox@own.test' }
    expect(await logins.check(alice)).toEqual(login)
    at = 5 * minute - 1
    expect(await logins.check(alice)).toEqual(login)
    expect(asked).toBe(1)
    at = 5 * minute
    expect(await logins.check(alice)).toEqual(login)
    expect(asked).toBe(2)
    at += 5 * minute - 1
    await logins.check(alice)
    expect(asked).toBe(2)
  })

  test.each<[string, PasswordBackend['check']]>([
    ['that is unavailable', () => Promise.resolve({ kind: 'unavailable', why: 'away' })],
    ['that throws', () => Promise.reject(new Error('a bug'))],
    ['that throws at once', () => { throw new Error('a bug') }], // prettier-ignore
    ['that is silent', () => new Promise(() => undefined)],
  ])('%s is no verdict: it blames nobody, however often it is tried', async (_, check) => {
    logins = new Logins(elsewhere(check), now, 1)
    for (let n = 0; n < 25; n++) {
      const password = `another ${n}`
      expect(await logins.check({ ...alice, password })).toMatchObject({ kind: 'unavailable' })
    }
  })

  test('whose versions can not be had is unavailable, too', async () => {
    const check = () => Promise.reject(new Error('never asked'))
    const versionOf = () => Promise.reject(new Error('the database is away'))
    logins = new Logins({ ...elsewhere(check), versionOf }, now)
    expect(await logins.check(alice)).toMatchObject({
      kind: 'unavailable',
      fault: new Error('the database is away'),
    })
  })

  test('that never tells a version gives the place in the line back all the same', async () => {
    let silent = true
    let asked = 0
    const right = { kind: 'account', account: 'alice', version: null } as const
    // The first question comes before the line
    const versionOf = (): Promise<null> =>
      ++asked > 1 && silent ? new Promise(() => undefined) : Promise.resolve(null)
    const backend = { ...elsewhere(() => Promise.resolve(right)), checksAtOnce: 1, versionOf }
    const own = new Logins(backend, now, 5)
    expect(await own.check(alice)).toMatchObject({ kind: 'unavailable' })
    silent = false
    await eventually('another login has the place', async () =>
      (await own.check({ ...alice, address: '192.0.2.2' })).kind === 'welcome' ? true : undefined,
    )
  })

  test('is told when nobody waits for its verdict any more, and what it says then is not heard', async () => {
    const told = Promise.withResolvers<undefined>()
    const check: PasswordBackend['check'] = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          told.resolve(undefined)
          reject(new Error('aborted'))
        })
      })
    logins = new Logins(elsewhere(check), now, 1)
    expect(await logins.check(alice)).toEqual({
      kind: 'unavailable',
      fault: new Error('no verdict within 1 ms'),
    })
    await told.promise
  })

  test('that is behind gets no more than two checks of a client, however many were given up', async () => {
    const verdicts: (() => void)[] = []
    const check: PasswordBackend['check'] = () =>
      new Promise((resolve) => verdicts.push(() => resolve({ kind: 'wrong', version: null })))
    logins = new Logins(elsewhere(check), now, 50)
    const guesses = Array.from({ length: 10 }, (_, n) =>
      logins.check({ ...alice, password: `guess ${n}` }),
    )
    expect((await Promise.all(guesses)).map(({ kind }) => kind)).toEqual(
      Array<string>(10).fill('unavailable'),
    )
    expect(verdicts).toHaveLength(2)
  })

  test('is guarded as the first one is: 20 wrong passwords of an address, then it is not asked', async () => {
    let asked = 0
    const wrong = () => {
      asked++
      return Promise.resolve({ kind: 'wrong', version: null } as const)
    }
    logins = new Logins(elsewhere(wrong), now)
    for (let n = 0; n < 30; n++) await logins.check({ ...alice, password: `guess ${n}` })
    expect(asked).toBe(20)
  })
})

test.each([
  [0, 1, 1000],
  [60, 1, 940],
  [1000, 1, 0],
  [1001, 1, 999],
  [60, 3, 2940],
  [3500, 3, 500],
])('after %i ms a refusal, failure %i of the connection, is kept back for %i ms', (elapsed, failures, delay) => {
  expect(refusalDelay(elapsed, 1000, failures)).toBe(delay)
  expect(refusalDelay(elapsed, 0, failures)).toBe(0)
}) // prettier-ignore
