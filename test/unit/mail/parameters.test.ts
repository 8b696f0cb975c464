import { describe, expect, test } from 'vitest'
import { parsePathCommand } from '../../../src/mail/esmtp-parameters.ts'
import { readMailParameters } from '../../../src/mail/mail-parameters.ts'
import { readRcptParameters } from '../../../src/mail/rcpt-parameters.ts'

/** What MAIL or RCPT with these parameters comes to: what was read, or the code of the refusal. */
function read(keyword: 'FROM' | 'TO', text: string): unknown {
  const parsed = parsePathCommand(keyword, `${keyword}:<u@example.org>${text}`)
  if ('code' in parsed) return parsed.code
  const parameters =
    keyword === 'FROM'
      ? readMailParameters(parsed.parameters)
      : readRcptParameters(parsed.parameters)
  return 'code' in parameters ? [parameters.code, parameters.enhanced] : parameters
}

describe('the path of MAIL and RCPT', () => {
  test.each([
    ['FROM', 'FROM:<>', ''],
    ['FROM', 'from:<a@b>', 'a@b'],
    ['TO', 'TO: <a@b> NOTIFY=NEVER', 'a@b'],
    ['TO', 'TO:<"a>b"@c>', '"a>b"@c'],
    ['TO', 'TO:<@r:"a>b"@c>', '@r:"a>b"@c'],
  ] as const)('%s %s', (keyword, text, path) => {
    expect(parsePathCommand(keyword, text)).toMatchObject({ path })
  })

  test.each([
    'FROM:a@b',
    'FROM <a@b>',
    'TO:<a@b>',
    'FROM:<a@b',
    'FROM:<a<b>',
    'FROM:<a@b>SIZE=1',
    'FROM:<a@b> <c@d>',
    'FROM:<a@b> SIZE=',
    'FROM:<a@b> A=b=c',
    'FROM:<a@b> SIZE=1 size=2',
    '',
  ])('%j is 501', (text) => {
    expect(parsePathCommand('FROM', text)).toMatchObject({ code: 501, enhanced: '5.5.4' })
  })
})

test.each([
  [' SIZE=123 BODY=8bitmime SMTPUTF8', { size: 123, body8bit: true, smtputf8: true }],
  [' body=7BIT', {}],
  [' RET=hdrs ENVID=QQ+2B1', { ret: 'HDRS', envid: 'QQ+2B1' }],
  [' AUTH=<>', {}],
  [' AUTH=e+3Dmc2@example.org', {}],
  [' SIZE', [501, '5.5.4']],
  [' SIZE=-1', [501, '5.5.4']],
  [' SIZE=1e3', [501, '5.5.4']],
  [' BODY=BINARYMIME', [501, '5.5.4']],
  [' BODY', [501, '5.5.4']],
  [' SMTPUTF8=yes', [501, '5.5.4']],
  [' RET=ALL', [501, '5.5.4']],
  [' ENVID=+GG', [501, '5.5.4']],
  [' ENVID=a+0Ab', [501, '5.5.4']],
  [` ENVID=${'x'.repeat(101)}`, [501, '5.5.4']],
  [' FOO=bar', [555, '5.5.4']],
  [' NOTIFY=NEVER', [555, '5.5.4']],
])('MAIL with%s', (text, result) => {
  expect(read('FROM', text)).toEqual(result)
})

test.each([
  ['', {}],
  [' NOTIFY=NEVER', { notify: ['NEVER'] }],
  [' NOTIFY=success,FAILURE,SUCCESS', { notify: ['SUCCESS', 'FAILURE'] }],
  [' ORCPT=rfc822;u+2Bx@example.org', { orcpt: 'rfc822;u+2Bx@example.org' }],
  [' ORCPT=utf-8;ü@example.org', { orcpt: 'utf-8;ü@example.org' }],
  [' NOTIFY=NEVER,DELAY', [501, '5.5.4']],
  [' NOTIFY=', 501],
  [' NOTIFY=SOMETIMES', [501, '5.5.4']],
  [' ORCPT=UTF-8;u+2Bx@example.org', [501, '5.5.4']],
  [
    String.raw` ORCPT=utf-8;\x{FC}\x{2B}x@example.org`,
    { orcpt: String.raw`utf-8;\x{FC}\x{2B}x@example.org` },
  ],
  [' ORCPT=utf-8;bad\u{fffd}octets@example.org', [501, '5.5.4']],
  [' ORCPT=rfc822;bad\u{fffd}octets@example.org', [501, '5.5.4']],
  [' ORCPT=rfc822;ü@example.org', [501, '5.5.4']],
  [' ORCPT=utf-8;no-mailbox', [501, '5.5.4']],
  [String.raw` ORCPT=utf-8;\x{0A}u@example.org`, [501, '5.5.4']],
  [String.raw` ORCPT=utf-8;\x{D800}u@example.org`, [501, '5.5.4']],
  [String.raw` ORCPT=utf-8;\x{110000}u@example.org`, [501, '5.5.4']],
  [String.raw` ORCPT=utf-8;u\u@example.org`, [501, '5.5.4']],
  [' ORCPT=u@example.org', [501, '5.5.4']],
  [' ORCPT=rfc822;', [501, '5.5.4']],
  [' ORCPT=rfc822;a+zz', [501, '5.5.4']],
  [` ORCPT=rfc822;${'x'.repeat(500)}`, [501, '5.5.4']],
  [' SIZE=1', [555, '5.5.4']],
])('RCPT with%s', (text, result) => {
  expect(read('TO', text)).toEqual(result)
})
