import { describe, expect, test } from 'vitest'
import { ContentRules } from '../../../src/submission/content-rules.ts'

const sends = { eightBit: 'send', longLines: 'send' } as const
const refuses = { eightBit: 'refuse', longLines: 'refuse' } as const

/** The first refusal of a message that comes in pieces of this size. */
function look(text: string, size: number, settings: typeof sends | typeof refuses = refuses) {
  const rules = new ContentRules(settings)
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += size) {
    const refusal = rules.look(bytes.subarray(at, at + size))
    if (refusal) return refusal
  }
  return null
}

const line = (length: number): string => `${'x'.repeat(length)}\r\n`

describe.each([1, 2, 999, 100_000])('in pieces of %i octets', (size) => {
  test('a line of 998 octets passes, one more is refused, and the reply names the line', () => {
    expect(look(`${line(998)}${line(998)}`, size)).toBeNull()
    expect(look(`${line(998)}\r\n${line(999)}`, size)).toMatchObject({
      code: 554,
      enhanced: '5.6.0',
      text: expect.stringContaining('line 3 ') as string,
    })
  })

  test('an octet above 127 is refused wherever it is', () => {
    expect(look(line(200), size)).toBeNull()
    for (const text of ['Subject: \x80\r\n\r\n', `\r\n${line(100)}caf\xe9\r\n`]) {
      expect(look(text, size)).toMatchObject({ code: 554, enhanced: '5.6.3' })
    }
  })

  test('nothing is refused where all is sent', () => {
    expect(look(`${line(70_000)}caf\xe9\r\n`, size, sends)).toBeNull()
  })
})

test('an octet above 127 is noted where it is sent', () => {
  const rules = new ContentRules(sends)
  expect(rules.look(Buffer.from(line(10)))).toBeNull()
  expect(rules.has8bit).toBe(false)
  expect(rules.look(Buffer.from('é'))).toBeNull()
  expect(rules.look(Buffer.from(line(10)))).toBeNull()
  expect(rules.has8bit).toBe(true)
})
