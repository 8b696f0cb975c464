import { describe, expect, test } from 'vitest'
import { hashPassword, verifyPassword } from '../../../src/accounts/password.ts'

describe('password', () => {
  test('a hash is a PHC string, differs each time, and verifies only its own password', async () => {
    const [one, two] = await Promise.all([
      hashPassword('correct horse'),
      hashPassword('correct horse'),
    ])
    expect(one).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(two)
    expect(await verifyPassword('correct horse', one)).toBe(true)
    expect(await verifyPassword('correct horsf', one)).toBe(false)
    expect(await verifyPassword('', one)).toBe(false)
  })

  test('a password typed in another Unicode form is the same password', async () => {
    const hash = await hashPassword('caf\u00e9')
    expect(await verifyPassword('cafe\u0301', hash)).toBe(true)
  })

  test.each(['', 'plain', '$2b$10$abcdefghijklmnopqrstuv', '$scrypt$ln=99,r=8$x$y'])(
    'a stored hash that is none of ours (%j) verifies nothing',
    async (hash) => {
      expect(await verifyPassword('plain', hash)).toBe(false)
    },
  )

  test('many verifications at once all end, each with its own answer', async () => {
    const hash = await hashPassword('x')
    const tries = Array.from({ length: 8 }, (_, i) => verifyPassword(i % 2 ? 'x' : 'y', hash))
    expect(await Promise.all(tries)).toEqual([false, true, false, true, false, true, false, true])
  })
})
