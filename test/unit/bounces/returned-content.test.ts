import { describe, expect, test } from 'vitest'
import type { DsnFacts } from '../../../src/bounces/dsn-facts.ts'
import { returnedContent } from '../../../src/bounces/returned-content.ts'

const header = 'Received: from a\r\n\tby b; now\r\nSubject: Hi\r\n'

function returned(
  bytes: string | Buffer,
  esmtp: DsnFacts['original']['esmtp'] = {},
  isFailure = true,
) {
  const original = {
    id: 'X',
    sender: 'a@example',
    messageIdHeader: null,
    acceptedAt: 0,
    sizeBytes: Buffer.byteLength(bytes),
    route: 'mx',
    esmtp,
  }
  // In pieces, as the store keeps it; a piece ends anywhere.
  const all = Buffer.from(bytes)
  const content = [all.subarray(0, 20), all.subarray(20)]
  const part = returnedContent({ original, content }, isFailure)
  return part && { ...part, body: part.body.toString('latin1') }
}

const message = `${header}\r\nHow are you?\r\n`
const headersOnly = { type: 'text/rfc822-headers', encoding: '7bit', body: header }

describe('of a message that failed', () => {
  test('a small one comes back whole', () => {
    const whole = { type: 'message/rfc822', encoding: '7bit', body: message }
    expect(returned(message)).toEqual(whole)
    expect(returned(message, { ret: 'FULL' })).toEqual(whole)
  })

  test('only the header comes back when RET=HDRS was said', () => {
    expect(returned(message, { ret: 'HDRS' })).toEqual(headersOnly)
  })

  test('only the header of a large one comes back, unless RET=FULL was said', () => {
    const large = message + 'x'.repeat(70).concat('\r\n').repeat(1000)
    expect(returned(large)).toEqual(headersOnly)
    expect(returned(large, { ret: 'FULL' })).toMatchObject({ type: 'message/rfc822', body: large })
  })

  test('only the header of a huge one comes back, whatever was said', () => {
    const huge = message + 'x'.repeat(70).concat('\r\n').repeat(15_000)
    expect(returned(huge, { ret: 'FULL' })).toEqual(headersOnly)
  })

  test('8-bit text comes back as it is and says so', () => {
    const text = `${header}\r\nGrüße\r\n`
    expect(returned(text)).toEqual({
      type: 'message/rfc822',
      encoding: '8bit',
      body: Buffer.from(text).toString('latin1'),
    })
  })

  test.each([
    ['a line of 999 octets', `${message}${'x'.repeat(999)}\r\n`],
    ['a NUL', `${message}\0\r\n`],
    ['a lone LF', `${message}a\nb\r\n`],
    ['a lone CR', `${message}a\rb\r\n`],
  ])('one with %s cannot come back whole', (_, bytes) => {
    expect(returned(bytes)).toEqual(headersOnly)
  })

  test('one sent with SMTPUTF8 comes back by what it consists of: many clients say that of every message', () => {
    expect(returned(message, { smtputf8: true, ret: 'FULL' })).toMatchObject({
      type: 'message/rfc822',
      encoding: '7bit',
    })
    expect(returned(`${header}\r\nGrüße\r\n`, { smtputf8: true })).toMatchObject({
      type: 'message/rfc822',
      encoding: '8bit',
    })
  })

  test('one with a header in UTF-8 brings that back, encoded', () => {
    expect(returned('Subject: Grüße = hi\r\n\r\nText\r\n', { smtputf8: true })).toEqual({
      type: 'text/rfc822-headers; charset=utf-8',
      encoding: 'quoted-printable',
      body: 'Subject: Gr=C3=BC=C3=9Fe =3D hi\r\n',
    })
  })

  test('a header line too long for mail comes back with soft breaks', () => {
    const part = returned(`Subject: ${'y'.repeat(2000)} \r\n\r\nText\r\n`)
    expect(part?.encoding).toBe('quoted-printable')
    expect(part?.body.split('\r\n').every((line) => line.length <= 76)).toBe(true)
    expect(part?.body.replaceAll('=\r\n', '')).toBe(`Subject: ${'y'.repeat(2000)}=20\r\n`)
  })

  test('the header ends where something else begins, also without an empty line', () => {
    expect(returned(`${header}no field here\r\nSubject: not ours\r\n`, { ret: 'HDRS' })).toEqual(
      headersOnly,
    )
  })
})

test('of a success only the header comes back', () => {
  expect(returned(message, { ret: 'FULL' }, false)).toEqual(headersOnly)
})

test('no more of a large one is asked for than goes back', () => {
  const asked: number[] = []
  const content = {
    *[Symbol.iterator]() {
      for (let piece = 0; piece < 100; piece++) {
        asked.push(piece)
        yield Buffer.from(piece === 0 ? message : 'x'.repeat(100_000))
      }
    },
  }
  const original = {
    id: 'X',
    sender: 'a@example',
    messageIdHeader: null,
    acceptedAt: 0,
    sizeBytes: 10_000_000,
    route: 'mx',
    esmtp: { ret: 'FULL' } as const,
  }
  const part = returnedContent({ original, content }, true)
  expect(part?.body.toString()).toBe(header)
  expect(asked).toEqual([0, 1])
})

test('nothing comes back where the bytes are gone', () => {
  const original = {
    id: 'X',
    sender: 'a@b',
    messageIdHeader: null,
    acceptedAt: 0,
    sizeBytes: 10,
    route: 'mx',
    esmtp: {},
  }
  expect(returnedContent({ original, content: null }, true)).toBeNull()
})
