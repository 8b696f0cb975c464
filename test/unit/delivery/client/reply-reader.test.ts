import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { ReplyReader } from '../../../../src/delivery/client/reply-reader.ts'

const read = (...pieces: string[]) => {
  const reader = new ReplyReader()
  return pieces.flatMap((piece) => reader.push(Buffer.from(piece)))
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** A reader that has heard this. */
const having = (...pieces: string[]) => {
  const reader = new ReplyReader()
  for (const piece of pieces) reader.push(Buffer.from(piece))
  return reader
}

describe('replies', () => {
  it('are read with code, enhanced status and text', () => {
    expect(read('550 5.1.1 no such user\r\n')).toMatchObject([
      { code: 550, enhanced: '5.1.1', text: 'no such user', odd: null, inDoubt: false },
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
    expect(read(...wire.split(/(?<=.)/s)).map(({ code }) => code)).toEqual([250, 354, 421])
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
      expect(read(garbage)).toEqual([{ code: null, text: garbage.trim() }])
    })
  }
})

describe('a reply that is odd', () => {
  it('has the code of its first line, and says what is odd about it', () => {
    for (const [wire, odd] of [
      ['250-a\r\nsee below\r\n250 b\r\n', 'a line without a code: "see below"'],
      ['250-a\r\n\r\n250 b\r\n', 'a line without a code: ""'],
      ['250-a\r\n251 b\r\n', 'a second code: "251 b"'],
      [`250 ${'x'.repeat(5000)}\r\n`, 'a line of more than 4096 octets'],
    ]) {
      expect(read(wire ?? '')).toMatchObject([{ code: 250, odd, contradictory: false }])
    }
  })

  it('contradicts itself when its lines disagree whether it is a yes', () => {
    expect(read('250-a\r\n550 b\r\n')).toMatchObject([{ code: 250, contradictory: true }])
    expect(read('250-a\r\n550-b\r\n250 c\r\n')).toMatchObject([{ code: 250, contradictory: true }])
  })

  it('leaves the next ones in order', () => {
    expect(read('250-a\r\nb\r\n250 c\r\n250 d\r\n')).toMatchObject([
      { odd: 'a line without a code: "b"' },
      { odd: null, inDoubt: false },
    ])
  })

  it('puts those in doubt that come after something that may have been a reply of its own', () => {
    const doubts = (wire: string) => read(wire).map((one) => one.code !== null && one.inDoubt)
    expect(doubts('250 a\r\nwhat?\r\n250 b\r\n250 c\r\n')).toEqual([false, false, true, true])
    expect(doubts('250-a\r\n251 b\r\n250 c\r\n')).toEqual([false, true])
    expect(doubts('250 a\r\n\r\n250 c\r\n')).toEqual([false, false, false])
  })

  it('is no doubt any more once the replies are known to be in step', () => {
    const reader = having('what?\r\n')
    reader.settleDoubt()
    expect(reader.push(Buffer.from('250 a\r\n'))).toMatchObject([{ inDoubt: false }])
  })
})

describe('what is kept of a reply', () => {
  it('is its code and a thousand characters, where its lines are of no use', () => {
    const reader = new ReplyReader()
    reader.keepsLines = false
    const [reply] = reader.push(Buffer.from(`250-${'x'.repeat(4000)}\r\n250 ok\r\n`))
    expect(reply).toMatchObject({ code: 250, text: 'x'.repeat(1000), lines: [] })
  })

  it('keeps no more in memory than is seen of it', () => {
    const line = Buffer.concat([Buffer.from('250-'), Buffer.alloc(4000, 'é'), Buffer.from('\r\n')])
    const reply = Buffer.concat([...Array<Buffer>(15).fill(line), Buffer.from('250 end\r\n')])
    const reader = new ReplyReader()
    reader.keepsLines = false
    const kept: unknown[] = []
    const heapAfter = (replies: number) => {
      for (let n = 0; n < replies; n++) {
        reader.beginTransaction()
        kept.push(...reader.push(reply))
      }
      collectGarbage()
      return process.memoryUsage().heapUsed
    }
    const before = heapAfter(50)
    expect((heapAfter(500) - before) / 500).toBeLessThan(5000)
    expect(kept).toHaveLength(550)
  })
})

describe('a reply that has begun', () => {
  it('is known by its code, as soon as that is certain', () => {
    expect(having('250-a\r\n250-b').begun).toMatchObject({ code: 250, text: 'a' })
    expect(having('250 2.0.0 tak').begun).toMatchObject({ code: 250, enhanced: '2.0.0' })
    for (const wire of ['', '250', '25', '250ok', 'what?', '250 a\r\n']) {
      expect(having(wire).begun).toBeNull()
    }
  })
})

describe('what a host may send for one reply is bounded', () => {
  it('in octets, in a line or in many', () => {
    expect(having('250 '.padEnd(64 * 1024, 'x')).breach).toBeNull()
    expect(having('250 '.padEnd(64 * 1024 + 1, 'x')).breach).toContain('65536 octets')
    expect(having(...Array<string>(65).fill('x'.repeat(1024))).breach).toContain('65536 octets')
    expect(having(`250-${'x'.repeat(1020)}\r\n`.repeat(65)).breach).toContain('65536 octets')
  })

  it('in lines, whether they are a reply or none', () => {
    expect(having('250-x\r\n'.repeat(256)).breach).toBeNull()
    expect(having('250-x\r\n'.repeat(300)).breach).toContain('256 lines')
    expect(having('250 ok\r\n', '\r\n'.repeat(300)).breach).toContain('256 lines')
  })

  it('in octets, for all replies of a transaction together', () => {
    const reader = new ReplyReader()
    const reply = Buffer.from(`250 ${'x'.repeat(1018)}\r\n`)
    for (let n = 0; n < 200; n++) reader.push(reply)
    reader.beginTransaction()
    const most = Math.floor((256 * 1024) / reply.length)
    for (let n = 0; n < most; n++) reader.push(reply)
    expect(reader.breach).toBeNull()
    const [last] = reader.push(reply)
    expect(reader.breach).toContain('262144 octets in one transaction')
    expect(last?.code).toBe(250)
  })

  it('and what came before the bound was reached counts', () => {
    const reader = new ReplyReader()
    const [first] = reader.push(Buffer.from(`250 ok\r\n${'junk\r\n'.repeat(300)}`))
    expect([first?.code, reader.breach !== null]).toEqual([250, true])
    const endless = having('250-first\r\n', '250-x\r\n'.repeat(300))
    expect(endless.begun).toMatchObject({
      code: 250,
      lines: expect.arrayContaining(['first']) as [],
    })
  })
})
