/** Messages as no standard wants them, and what is to become of each: the table of docs/odd-messages.md is made of this list. */

/** Octets are Latin-1 characters. */
export interface OddMessage {
  about: string
  sent: string
  /** What goes out behind our Received: whole header lines, and the body behind the empty line; null: there is none. */
  header: string
  body: string | null
  /** What Python's `email` takes for the body, where it differs: it doesn't know a form that RFC 5322 §4.5.8 allows. */
  bodyForPython?: string
}

const asSent = (about: string, header: string, body: string | null): OddMessage => ({
  about,
  sent: header + (body === null ? '' : `\r\n${body}`),
  header,
  body,
})
/** All that was sent is body. */
const allBody = (about: string, body: string): OddMessage => ({
  about,
  sent: body,
  header: '',
  body,
})
const changed = (about: string, sent: string, header: string, body: string | null): OddMessage => ({
  about,
  sent,
  header,
  body,
})

const text = 'hello\r\n'
const hiddenList = `Bcc: ${Array.from({ length: 4000 }, (_, n) => `hidden${n}@a.test`).join(',\r\n ')}\r\n`
const nested =
  'Content-Type: message/rfc822\r\n\r\nBcc: c@a.test\r\nSubject: inner\r\n\r\nhello\r\n'

const headersWithoutEnd: OddMessage[] = [
  allBody('begins with a space', ' A: 1\r\n\r\nhello\r\n'),
  allBody('begins with a TAB', '\tA: 1\r\n\r\nhello\r\n'),
  allBody(
    'begins with what would forge our Received',
    ' by evil.test with ESMTP id 1;\r\n\tnow\r\n',
  ),
  allBody('begins with a line of blanks', ' \t\r\nA: 1\r\n\r\nhello\r\n'),
  allBody('has no header', 'hello\r\nthere\r\n'),
  allBody('has no header, and a colon in its first line', 'Dear Sir: hello\r\n'),
  allBody(
    'begins with the From line of a mailbox',
    'From a@b.test Mon Nov 30\r\nA: 1\r\n\r\nhello\r\n',
  ),
  allBody('begins with a quoted From line', '>From a@b.test Mon Nov 30\r\nA: 1\r\n\r\nhello\r\n'),
  allBody('begins with a colon', ': 1\r\nA: 2\r\n\r\nhello\r\n'),
  allBody('begins with a dot', '.\r\n.\r\nA: 1\r\n'),
  allBody('begins with an octet above 127', '\xfcber: 1\r\nA: 2\r\n\r\nhello\r\n'),
  allBody('begins with a control character', '\x01A: 1\r\n\r\nhello\r\n'),
  allBody('begins with a name of 998 octets', `${'n'.repeat(998)}: 1\r\n\r\nhello\r\n`),
  changed('has text behind its header', 'A: 1\r\nhello\r\n', 'A: 1\r\n', text),
  changed(
    'has text among its fields',
    'A: 1\r\nhello\r\nB: 2\r\n',
    'A: 1\r\n',
    'hello\r\nB: 2\r\n',
  ),
  changed(
    'has a colon alone among its fields',
    'A: 1\r\n:\r\nB: 2\r\n',
    'A: 1\r\n',
    ':\r\nB: 2\r\n',
  ),
  changed(
    'has a name with an octet above 127',
    'A: 1\r\nB\xe4: 2\r\nC: 3\r\n',
    'A: 1\r\n',
    'B\xe4: 2\r\nC: 3\r\n',
  ),
  changed('has a dot among its fields', 'A: 1\r\n.\r\nB: 2\r\n', 'A: 1\r\n', '.\r\nB: 2\r\n'),
]

const fieldsThatStayBehind: OddMessage[] = [
  changed('has Bcc', `A: 1\r\nBcc: c@a.test\r\nB: 2\r\n\r\n${text}`, 'A: 1\r\nB: 2\r\n', text),
  changed('has Bcc first', `Bcc: c@a.test\r\nA: 1\r\n\r\n${text}`, 'A: 1\r\n', text),
  changed('has Bcc last', `A: 1\r\nBcc: c@a.test\r\n\r\n${text}`, 'A: 1\r\n', text),
  changed('has nothing but Bcc', 'Bcc: c@a.test\r\n', '', null),
  changed(
    'has Bcc in any case, folded',
    `A: 1\r\nbCC:\r\n c@a.test,\r\n\td@a.test\r\n\r\n${text}`,
    'A: 1\r\n',
    text,
  ),
  changed(
    'has Bcc with blanks before the colon',
    `Bcc \t: c@a.test\r\nA: 1\r\n\r\n${text}`,
    'A: 1\r\n',
    text,
  ),
  changed(
    'has Bcc twice',
    `Bcc: c@a.test\r\nA: 1\r\nBcc: d@a.test\r\n\r\n${text}`,
    'A: 1\r\n',
    text,
  ),
  changed('has an empty Bcc', `A: 1\r\nBcc:\r\n\r\n${text}`, 'A: 1\r\n', text),
  changed(
    'has a Bcc of 4,000 addresses',
    `A: 1\r\n${hiddenList}B: 2\r\n\r\n${text}`,
    'A: 1\r\nB: 2\r\n',
    text,
  ),
  changed('has Bcc before text', 'A: 1\r\nBcc: c@a.test\r\nhello\r\n', 'A: 1\r\n', text),
  changed('has Resent-Bcc', `Resent-Bcc: c@a.test\r\nA: 1\r\n\r\n${text}`, 'A: 1\r\n', text),
  changed('has Return-Path', `Return-Path: <c@a.test>\r\nA: 1\r\n\r\n${text}`, 'A: 1\r\n', text),
  changed(
    'is large and has Bcc',
    `A: 1\r\nBcc: c@a.test\r\n\r\n${'hello\r\n'.repeat(80_000)}`,
    'A: 1\r\n',
    'hello\r\n'.repeat(80_000),
  ),
  asSent('has names that only look like Bcc', 'X-Bcc: c@a.test\r\nBccs: d@a.test\r\n', text),
  asSent('has Bcc in its body', 'A: 1\r\n', 'Bcc: c@a.test\r\n\r\nReturn-Path: <c@a.test>\r\n'),
  asSent(
    'has Bcc in a message within',
    'Content-Type: multipart/mixed; boundary=x\r\n',
    `--x\r\n${nested}--x--\r\n`,
  ),
]

const otherwiseOdd: OddMessage[] = [
  asSent('is ordinary', 'Subject: x\r\nTo: a@b.test,\r\n c@d.test\r\n', text),
  asSent('is empty', '', null),
  asSent('is an empty line', '', ''),
  asSent('has a header alone', 'A: 1\r\nB: 2\r\n', null),
  asSent('has a header and an empty line', 'A: 1\r\n', ''),
  asSent('has a body alone, behind an empty line', '', ' hello\r\nA: 1\r\n'),
  asSent('has two empty lines', 'A: 1\r\n', '\r\nhello\r\n'),
  asSent('has a first line that could be a field', 'Note: call me\r\n', null),
  asSent('has a line of blanks within a field', 'A: 1\r\n \t\r\n 2\r\nB: 3\r\n', text),
  {
    ...asSent('has blanks before the colon', 'A: 1\r\nB \t: 2\r\n', text),
    bodyForPython: `B \t: 2\r\n\r\n${text}`,
  },
  asSent('has fields without a value', 'A:\r\nB: \r\n', text),
  asSent('has a field twice', 'Subject: one\r\nSubject: two\r\n', text),
  asSent(
    'has Received lines of its own',
    'Received: from x by y; now\r\nReceived: from z by x; now\r\n',
    text,
  ),
  asSent('has names of odd characters', '.a: 1\r\n__proto__: 2\r\n!#$%&~: 3\r\n', text),
  asSent('has a name of 900 octets', `${'n'.repeat(900)}: 1\r\n`, text),
  asSent('has dots at line starts', 'A: 1\r\n', '.\r\n..\r\n.a\r\n'),
  asSent('has 8-bit octets that are no UTF-8', 'Subject: caf\xe9\xff\r\n', '\x80\x81\xfe\r\n'),
  asSent('has UTF-8', 'Subject: caf\xc3\xa9\r\n', '\xe2\x82\xac\r\n'),
  asSent('has line separators of Unicode', 'Subject: a\xe2\x80\xa8Bcc: b\xc2\x85C: d\r\n', text),
  asSent('has control characters', 'Subject: a\x0b\x0c\x1b\x7fb\r\n', '\x01\x0b\x0c\x1a\r\n'),
  asSent(
    'has lines of more than 998 octets',
    `Subject: ${'s'.repeat(5000)}\r\n`,
    `${'x'.repeat(70_000)}\r\n`,
  ),
  asSent('has blanks at line ends', 'Subject: x \t\r\n', 'hello \r\n \r\n\t\r\n'),
]

export const oddMessages: readonly OddMessage[] = [
  ...headersWithoutEnd,
  ...fieldsThatStayBehind,
  ...otherwiseOdd,
]

export const whatGoesOut = ({ header, body }: OddMessage): string =>
  header + (body === null ? '' : `\r\n${body}`)
