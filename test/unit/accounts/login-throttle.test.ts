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
  for (let i = 0; i < times; i++) throttle.failed(address(i), account, `guess ${i}`, now)
}

describe('an address', () => {
  test('is stopped after 20 different failures, on all accounts, until the window has passed', () => {
    const throttle = new LoginThrottle()
    guess(throttle, 19, () => '192.0.2.1')
    expect(throttle.blockedUntil('192.0.2.1', 'bob', now)).toBeNull()
    guess(throttle, 1, () => '192.0.2.1', 'bob')
    expect(throttle.blockedUntil('192.0.2.1', 'carol', now)).toBe(now + 10 * minute)
    expect(throttle.blockedUntil('::ffff:192.0.2.1', 'carol', now)).toBe(now + 10 * minute)
    expect(throttle.blockedUntil('192.0.2.2', 'alice', now)).toBeNull()
    expect(throttle.blockedUntil('192.0.2.1', 'carol', now + 10 * minute)).toBeNull()
  })

  test('that repeats one wrong password is one failure', () => {
    const throttle = new LoginThrottle()
    for (let i = 0; i < 1000; i++) throttle.failed('192.0.2.1', 'alice', 'old password', now)
    expect(throttle.blockedUntil('192.0.2.1', 'alice', now)).toBeNull()
  })

  test('of IPv6 is its /64', () => {
    const throttle = new LoginThrottle()
    guess(throttle, 20, (i) => `2001:db8::${(i + 1).toString(16)}`)
    expect(throttle.blockedUntil('2001:db8:0:0:ffff::1', 'alice', now)).not.toBeNull()
    expect(throttle.blockedUntil('2001:db8:0:1::1', 'alice', now)).toBeNull()
  })
})

describe('an account that is guessed at from many places', () => {
  test('is closed to strangers, and stays open to where its owner has been before', () => {
    const throttle = new LoginThrottle()
    throttle.succeeded('198.51.100.7', 'alice', now)
    guess(throttle, 100, (i) => `192.0.2.${i}`)
    expect(throttle.blockedUntil('203.0.113.1', 'alice', now)).toBe(now + 10 * minute)
    expect(throttle.blockedUntil('198.51.100.7', 'alice', now)).toBeNull()
    expect(throttle.blockedUntil('203.0.113.1', 'bob', now)).toBeNull()
  })
})
