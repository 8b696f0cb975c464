import { describe, expect, it } from 'vitest'
import { ProtocolError, ReplyReader } from '../../../../src/delivery/client/reply-reader.ts'

const read = (...pieces: string[]) => {
  const reader = new ReplyReader()
  return pieces.flatMap((piece) => reader.push(Buffer.from(piece)))
}

describe('replies', () => {
  it('are read with code, enhanced status and text', () => {
    expect(read('550 5.1.1 no such user\r\n')).toMatchObject([
      { code: 550, enhanced: '5.1.1', text: 'no such user' },
    ])
  })

  it('of several lines are one, without repeating the status', () => {
    const [reply, ...others] = read('550-5.7.1 first\r\n550-5.7.1 second\r\n550 5.7.1 third\r\n')
    expect(reply).toMatchObject({ code: 550, enhanced: '5.7.1', text: 'first second third' })
    expect(others).toEqual([])
  })

  it('may come in any pieces, several at a time, with or without text', () => {
    const wire = '250-a\r\n250 b\r\n354\r\n421 \n'
    for (let at = 0; at <= wire.length; at++) {
      const codes = read(wire.slice(0, at), wire.slice(at)).map(({ code }) => code)
      expect(codes).toEqual([250, 354, 421])
    }
  })

  it('lose what could harm whoever looks at them', () => {
    const [reply] = read('450 \u001b[2Jred\u0000 \u0007herring\u2028\r\n')
    expect(reply?.text).toBe('[2Jred herring')
  })

  for (const garbage of [
    'HTTP/1.1 400\r\n',
    '000 ok\r\n',
    '999 ok\r\n',
    '25 ok\r\n',
    '250ok\r\n',
  ]) {
    it(`are none when they are ${JSON.stringify(garbage)}`, () => {
      expect(() => read(garbage)).toThrow(ProtocolError)
    })
  }

  it('with two codes are none', () => {
    expect(() => read('250-a\r\n550 b\r\n')).toThrow(ProtocolError)
  })

  it('without end are given up', () => {
    expect(() => read('250 '.padEnd(5000, 'x'))).toThrow(ProtocolError)
    expect(() => read('250-x\r\n'.repeat(300))).toThrow(ProtocolError)
  })
})
