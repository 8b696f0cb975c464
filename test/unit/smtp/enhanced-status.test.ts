import { expect, test } from 'vitest'
import { replyLines } from '../../../src/smtp/enhanced-status.ts'

test.each([
  [250, 'OK', 'RSET', ['2.0.0 OK']],
  [221, 'bye', 'QUIT', ['2.0.0 bye']],
  [252, 'maybe', 'VRFY', ['2.5.0 maybe']],
  [503, 'MAIL first', 'DATA', ['5.5.1 MAIL first']],
  [451, '4.3.0 there already', 'DATA', ['4.3.0 there already']],
  [421, 'timeout', '', ['4.4.2 timeout']],
  [501, ['one', 'two'], 'HELO', ['5.5.4 one', '5.5.4 two']],
  [451, { code: 451, enhanced: '4.3.0', text: 'x' }, 'MAIL', ['4.3.0 x']],
])('%i %j bears its status (RFC 2034)', (code, message, verb, lines) => {
  expect(replyLines(code, message, verb)).toEqual(lines)
})

test.each([
  [220, 'relay.test ESMTP', ''],
  [334, 'VXNlcm5hbWU6', 'AUTH'],
  [354, 'go on', 'DATA'],
  [250, 'relay.test greets you', 'EHLO'],
  [250, 'relay.test', 'HELO'],
])('%i %s to %s bears none', (code, message, verb) => {
  expect(replyLines(code, message, verb)).toEqual([message])
})
