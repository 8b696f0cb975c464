import { describe, expect, test } from 'vitest'
import { Logins } from '../../../src/accounts/logins.ts'
import type { PasswordBackend } from '../../../src/accounts/password-backend.ts'
import { soon } from '../../kit/facts.ts'

const now = (): number => 1_000_000
const alice = { name: 'alice', password: 'right', address: '192.0.2.1' }

let logins: Logins

/** A backend whose names have the versions of `versions`, and that keeps its verdicts back until they are released. */
function heldBackend(versions: Record<string, string> = {}) {
  const asked: string[] = []
  const held: (() => void)[] = []
  let holds = true
  const versionOf = (name: string) => Promise.resolve(versions[name] ?? 'unknown')
  const backend: PasswordBackend = {
    hasStoredAccounts: false,
    checksAtOnce: 2,
    versionOf,
    check: async ({ name, password }) => {
      asked.push(`${name} ${password}`)
      const version = await versionOf(name)
      if (holds) await new Promise<void>((resolve) => held.push(resolve))
      return password === version
        ? { kind: 'account', account: name, version }
        : { kind: 'wrong', version }
    },
  }
  /** Lets the next check end, once it has begun. */
  const release = async (): Promise<void> => {
    await soon('a check that has begun', () => held.length > 0)
    held.shift()?.()
  }
  const releaseAll = (): void => {
    holds = false
    for (const end of held.splice(0)) end()
  }
  return { backend, asked, release, releaseAll }
}

/** One attempt from each of so many networks. */
const flood = (networks: number, password: (n: number) => string) =>
  Array.from({ length: networks }, (_, n) =>
    logins.check({ name: `user${n}`, password: password(n), address: `10.0.${n}.1` }),
  )

describe('a wrong password that was tried before', () => {
  test.each([
    ['a known name', 'alice'],
    ['an unknown name', 'nobody'],
  ])('of %s is not compared again, from whatever address, but once for each version', async (_, name) => {
    const versions: Record<string, string> = { alice: 'v1' }
    const { backend, asked, releaseAll } = heldBackend(versions)
    releaseAll()
    logins = new Logins(backend, now)
    for (let n = 0; n < 30; n++) {
      const address = `192.0.2.${n % 3}`
      expect(await logins.check({ name, password: 'v2', address })).toEqual({ kind: 'wrong' })
    }
    expect(asked).toEqual([`${name} v2`])
    versions[name] = 'v2'
    expect(await logins.check({ name, password: 'v2', address: '192.0.2.1' })).toEqual({
      kind: 'welcome',
      account: name,
    })
    versions[name] = 'v3'
    expect(await logins.check({ name, password: 'v2', address: '192.0.2.1' })).toEqual({ kind: 'wrong' })
    expect(asked).toHaveLength(3)
  }) // prettier-ignore

  test('is a failed login of each address that tries it', async () => {
    const { backend, asked, releaseAll } = heldBackend()
    releaseAll()
    logins = new Logins(backend, now)
    for (let n = 0; n < 20; n++) await logins.check({ ...alice, password: `guess ${n}` })
    for (let n = 0; n < 20; n++) {
      const second = { ...alice, address: '198.51.100.7', password: `guess ${n}` }
      expect(await logins.check(second)).toEqual({ kind: 'wrong' })
    }
    expect(asked).toHaveLength(20)
    const other = { ...alice, address: '198.51.100.7', name: 'bob' }
    expect(await logins.check(other)).toMatchObject({ kind: 'throttled' })
  })

  test('waits for its turn like one that was not: its time does not tell that the password is still the same', async () => {
    const { backend, release } = heldBackend()
    logins = new Logins(backend, now)
    const repeat = { ...alice, password: 'again', address: '198.51.100.7' }
    const first = logins.check(repeat)
    await release()
    expect(await first).toEqual({ kind: 'wrong' })
    const before = flood(2, (n) => `guess ${n}`)
    let isAnswered = false
    const second = logins.check(repeat).then((login) => {
      isAnswered = true
      return login
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isAnswered).toBe(false)
    await release()
    expect(await second).toEqual({ kind: 'wrong' })
    await release()
    await Promise.all(before)
  })
})

describe('while strangers from many networks guess', () => {
  test('an owner at an address that logged in before is next, also behind guesses of his neighbours there', async () => {
    const versions = { alice: 'v1' }
    const { backend, asked, release, releaseAll } = heldBackend(versions)
    logins = new Logins(backend, now)
    const first = logins.check({ ...alice, password: 'v1' })
    await release()
    await first
    versions.alice = 'v2'
    const guesses = flood(50, (n) => `guess ${n}`)
    const neighbours = [1, 2, 3].map((n) => logins.check({ ...alice, name: `neighbour${n}` }))
    await soon('two checks', () => asked.length === 3)
    const owner = logins.check({ ...alice, password: 'v2' })
    await new Promise((resolve) => setImmediate(resolve))
    await release()
    await soon('the next check', () => asked.length === 4)
    expect(asked.at(-1)).toBe('alice v2')
    releaseAll()
    expect(await owner).toEqual({ kind: 'welcome', account: 'alice' })
    await Promise.all([...guesses, ...neighbours])
  })

  test('one from a network that has not failed is before those that have', async () => {
    const { backend, asked, release, releaseAll } = heldBackend({ bob: 'right' })
    logins = new Logins(backend, now)
    const rounds = flood(20, () => 'one')
    for (let n = 0; n < 20; n++) await release()
    await Promise.all(rounds)
    const again = flood(20, () => 'two')
    await soon('two checks', () => asked.length === 22)
    const bob = logins.check({ name: 'bob', password: 'right', address: '192.0.2.1' })
    await new Promise((resolve) => setImmediate(resolve))
    await release()
    await soon('the next check', () => asked.length === 23)
    expect(asked.at(-1)).toBe('bob right')
    releaseAll()
    expect(await bob).toMatchObject({ kind: 'welcome' })
    await Promise.all(again)
  })
})

describe('a login whose turn does not come', () => {
  test('is unavailable in time to leave a third of the wait to those that have begun', async () => {
    const { backend, asked, release } = heldBackend()
    logins = new Logins(backend, now, 300)
    const begun = flood(2, (n) => `guess ${n}`)
    const waiting = await logins.check(alice)
    expect(waiting).toEqual({ kind: 'unavailable', fault: new Error('no turn within 200 ms') })
    await release()
    await release()
    expect(await Promise.all(begun)).toEqual([{ kind: 'wrong' }, { kind: 'wrong' }])
    expect(asked).toHaveLength(2)
  })

  test('is never begun where its client has gone, and counts as no failure', async () => {
    const { backend, asked, release } = heldBackend()
    logins = new Logins(backend, now)
    const begun = flood(2, (n) => `guess ${n}`)
    const gone = new AbortController()
    const left = Array.from({ length: 30 }, (_, n) =>
      logins.check({ ...alice, password: `guess ${n}` }, gone.signal),
    )
    await soon('two checks', () => asked.length === 2)
    gone.abort(new Error('the client is gone'))
    for (const login of await Promise.all(left)) expect(login.kind).toBe('unavailable')
    await release()
    await release()
    await Promise.all(begun)
    expect(asked).toEqual(['user0 guess 0', 'user1 guess 1'])
    const last = logins.check(alice)
    await release()
    expect(await last).toEqual({ kind: 'wrong' })
  })
})
