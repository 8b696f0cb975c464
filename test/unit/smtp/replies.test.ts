import { expect, test } from 'vitest'
import { onTheWire } from '../../../src/smtp/replies.ts'

test.each([
  [250, 'OK', 'RSET', '250 2.0.0 OK\r\n'],
  [221, 'bye', 'QUIT', '221 2.0.0 bye\r\n'],
  [252, 'maybe', 'VRFY', '252 2.5.0 maybe\r\n'],
  [503, 'MAIL first', 'DATA', '503 5.5.1 MAIL first\r\n'],
  [451, '4.3.0 there already', 'DATA', '451 4.3.0 there already\r\n'],
  [421, 'timeout', '', '421 4.4.2 timeout\r\n'],
  [501, ['one', 'two'], 'HELO', '501-5.5.4 one\r\n501 5.5.4 two\r\n'],
  [451, { code: 451, enhanced: '4.3.0', text: 'x' }, 'MAIL', '451 4.3.0 x\r\n'],
])('%i %j bears its status (RFC 2034)', (code, message, verb, reply) => {
  expect(onTheWire(code, message, verb)).toBe(reply)
})

test.each([
  [220, 'relay.test ESMTP', ''],
  [334, 'VXNlcm5hbWU6', 'AUTH'],
  [354, 'go on', 'DATA'],
  [250, 'relay.test greets you', 'EHLO'],
  [250, 'relay.test', 'HELO'],
])('%i %s to %s bears none', (code, message, verb) => {
  expect(onTheWire(code, message, verb)).toBe(`${code} ${message}\r\n`)
})
