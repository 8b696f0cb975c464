import { describe, expect, test } from 'vitest'
import { beginAuth } from '../../../src/smtp/auth-exchange.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const ended = (code: number) =>
  expect.objectContaining({ reply: expect.objectContaining({ code }) as object }) as object

describe('PLAIN', () => {
  test('comes to a name and a password, at once or after an empty challenge', () => {
    const credentials = { kind: 'credentials', name: 'n@x', password: 'pä ss' }
    const response = base64('\0n@x\0pä ss')
    expect(beginAuth(`plain ${response}`).step).toEqual(credentials)
    const { exchange, step } = beginAuth('PLAIN')
    expect(step).toEqual({ kind: 'ask', challenge: '' })
    expect(exchange(response)).toEqual(credentials)
  })

  test.each([
    ['acting for oneself', base64('n\0n\0p'), { kind: 'credentials', name: 'n', password: 'p' }],
    [
      'acting for oneself in another case',
      base64('N@X\0n@x\0p'),
      { kind: 'credentials', name: 'n@x', password: 'p' },
    ],
    ['acting for a name that only looks alike', base64('n@x.test\0n@x\0p'), ended(535)],
    ['acting for an impossible name as another', base64('n n\0m m\0p'), ended(535)],
    ['acting for another', base64('m\0n\0p'), ended(535)],
    ['no password', base64('\0n\0'), ended(501)],
    ['no name', base64('\0\0p'), ended(501)],
    ['too few parts', base64('n\0p'), ended(501)],
    ['too many parts', base64('\0n\0p\0q'), ended(501)],
    ['an empty response', '=', ended(501)],
    ['padding that is missing', 'AG4AcA', ended(501)],
    ['no base64', '****', ended(501)],
    ['cancelled', '*', ended(501)],
    ['more than one response', `${base64('\0n\0p')} x`, ended(501)],
  ])('%s', (_, response, step) => {
    expect(beginAuth(`PLAIN ${response}`).step).toEqual(step)
  })
})

describe('LOGIN', () => {
  test('asks for a name, then for a password', () => {
    const { exchange, step } = beginAuth('LOGIN')
    expect(step).toEqual({ kind: 'ask', challenge: base64('Username:') })
    expect(exchange(base64('n'))).toEqual({ kind: 'ask', challenge: base64('Password:') })
    expect(exchange(base64('p'))).toEqual({ kind: 'credentials', name: 'n', password: 'p' })
  })

  test('two exchanges don’t know of each other', () => {
    const one = beginAuth(`LOGIN ${base64('one')}`).exchange
    const two = beginAuth(`LOGIN ${base64('two')}`).exchange
    expect(two(base64('p'))).toMatchObject({ name: 'two' })
    expect(one(base64('p'))).toMatchObject({ name: 'one' })
  })

  test('is over after * or an empty answer', () => {
    expect(beginAuth('LOGIN').exchange('*')).toEqual(ended(501))
    expect(beginAuth('LOGIN').exchange('')).toEqual(ended(501))
  })
})

test.each(['', 'CRAM-MD5', 'XOAUTH2 abc', 'PLAINER'])('%j is no mechanism of ours', (rest) => {
  expect(beginAuth(rest).step).toEqual(ended(504))
})
