import { expect, test } from 'vitest'
import { headerLookBytes, lookAtHeader } from '../../../src/mail/header-look.ts'

const look = (text: string) => lookAtHeader(Buffer.from(text))

test('names are found in any case, values unfolded and trimmed, the first one counts', () => {
  expect(
    look('SUBJECT : one\r\n\ttwo \r\nmessage-ID:<a@b>\r\nX-Sluice-Tag: t\r\nSubject: x\r\n\r\n'),
  ).toEqual({
    subject: 'one\ttwo'.replace('\t', ' '),
    messageIdHeader: '<a@b>',
    tag: 't',
    received: 0,
  })
})

test('Received fields are counted, not their folded lines', () => {
  expect(look('Received: a\r\n\tReceived: b\r\nReceived: c\r\n\r\nReceived: d\r\n').received).toBe(
    2,
  )
})

test('only CRLF begins a line', () => {
  const spoofed = ['\u2028', '\u2029', '\r', '\n', '\u0085', '\v', '\f']
    .map((end) => `x${end}X-Sluice-Tag: spoofed${end}Received: spoofed`)
    .join('')
  expect(look(`Received: a\r\nSubject: ${spoofed}\r\n ${spoofed}\r\n\r\n`)).toMatchObject({
    tag: null,
    received: 1,
  })
})

test('the body is not looked at', () => {
  expect(look('\r\nSubject: x\r\n').subject).toBeNull()
  expect(look('A: b\r\n\r\nSubject: x\r\n').subject).toBeNull()
})

test('empty values are none; control characters become spaces; long ones are cut', () => {
  expect(look('Subject: \r\nX-Sluice-Tag:\r\n\r\n')).toMatchObject({ subject: null, tag: null })
  expect(look('Subject: a\u0007b\u009cc\u2028d\r\n\r\n').subject).toBe('a b c d')
  expect(look(`X-Sluice-Tag: ${'t'.repeat(100)}\r\n\r\n`).tag).toHaveLength(64)
  expect(look(`Subject: ${'\u{1f600}'.repeat(200)}\r\n\r\n`).subject?.isWellFormed()).toBe(true)
})

test('what lies beyond the first 64 KB is not looked at', () => {
  const padding = `X-Pad: ${'x'.repeat(headerLookBytes)}\r\n`
  expect(look(`Subject: near\r\n${padding}Message-ID: far\r\n\r\n`)).toMatchObject({
    subject: 'near',
    messageIdHeader: null,
  })
})

test('a hostile header of 64 KB is looked at in one pass', () => {
  const hostile = 'subject:'.repeat(8192) + '\r\n '.repeat(10)
  expect(look(hostile).subject).toHaveLength(256)
})
