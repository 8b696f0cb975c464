import { describe, expect, it } from 'vitest'
import { parseReply, parseReplyLines } from '../../../src/mail/reply.ts'

describe('an enhanced status', () => {
  it.each([
    ['5.1.1 no such user', '5.1.1', 'no such user'],
    ['#5.1.0 Address rejected.', '5.1.0', 'Address rejected.'],
    ['5.7.1: relaying denied', '5.7.1', 'relaying denied'],
    ['5.7.1:denied', '5.7.1', 'denied'],
    ['5.2.2', '5.2.2', ''],
  ])('is read as receivers word it: %s', (line, enhanced, text) => {
    expect(parseReply(550, line)).toEqual({ code: 550, enhanced, text })
  })

  it.each(['5.1.1.7 is blocked', '5.7.1,please', '# 5.1.1', '6.1.1 what', 'no 5.1.1'])(
    'is not read into %s',
    (line) => {
      expect(parseReply(550, line)).toEqual({ code: 550, enhanced: null, text: line })
    },
  )

  it('counts where only the last line of a reply has it', () => {
    expect(parseReplyLines(550, ['Your mail was blocked.', '5.7.1 See our pages'])).toEqual({
      code: 550,
      enhanced: '5.7.1',
      text: 'Your mail was blocked. See our pages',
    })
  })

  it('is that of the first line where each has one', () => {
    expect(parseReplyLines(550, ['5.7.26 one', '5.7.26 two'])).toMatchObject({ text: 'one two' })
    expect(parseReplyLines(550, ['5.1.1 one', '5.7.1 two'])).toMatchObject({
      enhanced: '5.1.1',
      text: 'one 5.7.1 two',
    })
  })

  it('is not of another class than the code where it begins a later line', () => {
    expect(parseReplyLines(550, ['You run version', '4.2.1 of it'])).toMatchObject({
      enhanced: null,
      text: 'You run version 4.2.1 of it',
    })
  })
})
