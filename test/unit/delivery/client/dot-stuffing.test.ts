import { describe, expect, it } from 'vitest'
import { DotStuffer } from '../../../../src/delivery/client/dot-stuffing.ts'

/** As it goes over the wire, the message cut into pieces at every multiple of `size`. */
function sent(message: string, size: number): string {
  const stuffer = new DotStuffer()
  const bytes = Buffer.from(message)
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) {
    parts.push(stuffer.stuff(bytes.subarray(at, at + size)))
  }
  return Buffer.concat([...parts, stuffer.end()]).toString()
}

const cases: [name: string, message: string, wire: string][] = [
  ['nothing to stuff', 'a\r\nb\r\n', 'a\r\nb\r\n.\r\n'],
  ['a dot at the very beginning', '.a\r\n', '..a\r\n.\r\n'],
  ['dots at line starts', 'a\r\n.\r\n..b\r\n.c\r\n', 'a\r\n..\r\n...b\r\n..c\r\n.\r\n'],
  ['lines of dots alone', '.\r\n.\r\n', '..\r\n..\r\n.\r\n'],
  ['dots elsewhere', 'a.b\r\nc.\r\n', 'a.b\r\nc.\r\n.\r\n'],
  ['a last line without its end', 'a\r\n.b', 'a\r\n..b\r\n.\r\n'],
  ['an end that is a bare line feed', 'a\n', 'a\n\r\n.\r\n'],
  [
    'a dot behind a bare line feed, which some take for a line end',
    'a\n.\r\nb\r\n',
    'a\n..\r\nb\r\n.\r\n',
  ],
  ['an empty message', '', '.\r\n'],
]

describe('a message on the wire', () => {
  for (const [name, message, wire] of cases) {
    it(`is stuffed the same however it is cut: ${name}`, () => {
      for (let size = 1; size <= Math.max(1, message.length); size++) {
        expect(sent(message, size)).toBe(wire)
      }
    })
  }
})

describe('a piece on the wire', () => {
  it('is one buffer however many of its lines begin with a dot', () => {
    const stuffer = new DotStuffer()
    const wire: unknown = stuffer.stuff(Buffer.from('.\r\n'.repeat(1000)))
    expect(wire).toBeInstanceOf(Buffer)
    expect(String(wire)).toBe('..\r\n'.repeat(1000))
  })

  it('is stuffed the same where dots are rare at first and then begin each line', () => {
    const rare = `.${'x'.repeat(700)}\r\n`.repeat(20)
    const wire = new DotStuffer().stuff(Buffer.from(`${rare}${'.\r\n'.repeat(5000)}${rare}`))
    const stuffedRare = `..${'x'.repeat(700)}\r\n`.repeat(20)
    expect(wire.toString()).toBe(`${stuffedRare}${'..\r\n'.repeat(5000)}${stuffedRare}`)
  })

  it('is not copied where none of its lines begins with a dot', () => {
    const piece = Buffer.from('a.b\r\nc\r\n')
    expect(new DotStuffer().stuff(piece)).toBe(piece)
  })
})
