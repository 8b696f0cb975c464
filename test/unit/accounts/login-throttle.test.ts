import { describe, expect, test } from 'vitest'
import { LoginThrottle } from '../../../src/accounts/login-throttle.ts'
import { minute } from '../../../src/time/clock.ts'

const now = 1_000_000

function guess(
  throttle: LoginThrottle,
  times: number,
  address: (i: number) => string,
  account = 'alice',
) {
  for (let i = 0; i < times; i++) throttle.reserve(address(i), account, `guess ${i}`, now)
}

describe('an address', () => {
  test('is stopped after 20 different failures, on all accounts, until the window has passed', () => {
    const throttle = new LoginThrottle()
    guess(throttle, 19, () => '192.0.2.1')
    expect(throttle.blockedFor('192.0.2.1', 'bob', now)).toBe(0)
    guess(throttle, 1, () => '192.0.2.1', 'bob')
    expect(throttle.blockedFor('192.0.2.1', 'carol', now)).toBe(10 * minute)
    expect(throttle.blockedFor('192.0.2.1', 'carol', now + minute)).toBe(9 * minute)
    expect(throttle.blockedFor('::ffff:192.0.2.1', 'carol', now)).toBe(10 * minute)
    expect(throttle.blockedFor('192.0.2.2', 'alice', now)).toBe(0)
    expect(throttle.blockedFor('192.0.2.1', 'carol', now + 10 * minute)).toBe(0)
  })

  test('that repeats one wrong password is one failure', () => {
    const throttle = new LoginThrottle()
    for (let i = 0; i < 1000; i++) throttle.reserve('192.0.2.1', 'alice', 'old password', now)
    expect(throttle.blockedFor('192.0.2.1', 'alice', now)).toBe(0)
  })

  test('gets a try back that turned out right, and only that one', () => {
    const throttle = new LoginThrottle()
    guess(throttle, 19, () => '192.0.2.1')
    const takeBack = throttle.reserve('192.0.2.1', 'alice', 'right', now)
    expect(throttle.blockedFor('192.0.2.1', 'alice', now)).toBeGreaterThan(0)
    takeBack()
    expect(throttle.blockedFor('192.0.2.1', 'alice', now)).toBe(0)
    guess(throttle, 1, () => '192.0.2.1', 'bob')
    expect(throttle.blockedFor('192.0.2.1', 'alice', now)).toBeGreaterThan(0)
  })

  test('of IPv6 is its /64', () => {
    const throttle = new LoginThrottle()
    guess(throttle, 20, (i) => `2001:db8::${(i + 1).toString(16)}`)
    expect(throttle.blockedFor('2001:db8:0:0:ffff::1', 'alice', now)).toBeGreaterThan(0)
    expect(throttle.blockedFor('2001:db8:0:1::1', 'alice', now)).toBe(0)
  })
})

describe('a wider network', () => {
  test.each([
    ['/24', (i: number) => `192.0.2.${i}`, '192.0.2.254', '192.0.3.1'],
    ['/48', (i: number) => `2001:db8:7:${i.toString(16)}::1`, '2001:db8:7:ffff::1', '2001:db8:8::1'],
  ])('of IPv4 or IPv6, here a %s, is stopped after 200 failures from whichever of its addresses', (_, addressOf, within, beyond) => {
    const throttle = new LoginThrottle()
    const accounts = Array.from({ length: 10 }, (_unused, at) => `account${at}`)
    for (const account of accounts.slice(1)) guess(throttle, 20, addressOf, account)
    guess(throttle, 19, addressOf)
    expect(throttle.blockedFor(within, 'carol', now)).toBe(0)
    const takeBack = throttle.reserve(within, 'carol', 'right', now)
    expect(throttle.blockedFor(within, 'carol', now)).toBe(10 * minute)
    takeBack()
    expect(throttle.blockedFor(within, 'carol', now)).toBe(0)
    throttle.reserve(within, 'carol', 'wrong', now)
    expect(throttle.blockedFor(within, 'carol', now)).toBe(10 * minute)
    expect(throttle.blockedFor(beyond, 'carol', now)).toBe(0)
    expect(throttle.blockedFor(within, 'carol', now + 10 * minute)).toBe(0)
  }) // prettier-ignore

  test('of 50 clients that repeat a wrong password each has 50 failures, however often', () => {
    const throttle = new LoginThrottle()
    for (let i = 0; i < 500; i++)
      throttle.reserve(`192.0.2.${i % 50}`, `account${i % 50}`, `old ${i % 50}`, now)
    expect(throttle.failuresOf('192.0.2', now)).toBe(50)
    expect(throttle.blockedFor('192.0.2.200', 'carol', now)).toBe(0)
  })

  test('that is stopped does not stop an owner who logged in from it before', () => {
    const throttle = new LoginThrottle()
    throttle.succeeded('192.0.2.9', 'carol', now)
    for (let n = 0; n < 10; n++) guess(throttle, 20, (i) => `192.0.2.${100 + i}`, `account${n}`)
    expect(throttle.blockedFor('192.0.2.8', 'carol', now)).toBeGreaterThan(0)
    expect(throttle.blockedFor('192.0.2.9', 'carol', now)).toBe(0)
  })
})

describe('an owner, at an address from which he logged in lately,', () => {
  const home = '198.51.100.7'
  const withOwner = (): LoginThrottle => {
    const throttle = new LoginThrottle()
    throttle.succeeded(home, 'alice', now)
    return throttle
  }

  test('may go on while his account is guessed at from many places and closed to strangers', () => {
    const throttle = withOwner()
    guess(throttle, 100, (i) => `192.0.2.${i}`)
    expect(throttle.blockedFor('203.0.113.1', 'alice', now)).toBe(10 * minute)
    expect(throttle.blockedFor(home, 'alice', now)).toBe(0)
    expect(throttle.blockedFor('203.0.113.1', 'bob', now)).toBe(0)
  })

  test('may go on while others behind the same address guess at theirs', () => {
    const throttle = withOwner()
    guess(throttle, 20, () => home, 'bob')
    expect(throttle.blockedFor(home, 'carol', now)).toBe(10 * minute)
    expect(throttle.blockedFor(home, 'alice', now)).toBe(0)
  })

  test('is stopped there, too, once 10 of the failures are on his own account', () => {
    const throttle = withOwner()
    guess(throttle, 20, () => home, 'bob')
    guess(throttle, 9, () => home)
    expect(throttle.blockedFor(home, 'alice', now)).toBe(0)
    throttle.reserve(home, 'alice', 'guess 10', now)
    expect(throttle.blockedFor(home, 'alice', now)).toBe(10 * minute)
  })
})
