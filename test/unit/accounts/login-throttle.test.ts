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
