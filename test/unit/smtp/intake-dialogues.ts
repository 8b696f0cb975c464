/** Dialogues of old and odd clients, and what is decided about each: the table in docs/intake.md. */

type Client = 'logged in' | 'trusted' | 'stranger' | 'stranger under TLS'

export interface Dialogue {
  as: Client
  what: string
  /** What is said before: EHLO, where nothing else stands here; null: nothing. After a login, something else comes on top. */
  hello?: string | null
  /** What the client says, with a CRLF where it has no line end, and the codes of the replies; `closes`: it ends its side. */
  says: readonly (readonly [said: string, codes: string])[]
  /** The rest of a transaction goes through, and the store has this envelope. */
  taken?: readonly [from: string, to: string]
  /** The relay closes the connection. */
  ends?: true
}

export const closes = '(closes its side)'
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const plain = (as: string): string => base64(`${as}\0alice\0correct horse`)

const from = 'a@shop.test'
const to = 'u@own.test'

/** A form of MAIL that is taken. */
const mail = (what: string, said: string, sender = from, as: Client = 'trusted'): Dialogue => ({
  as,
  what,
  says: [[said, '250']],
  taken: [sender, to],
})
/** A form of RCPT that is taken. */
const rcpt = (what: string, said: string, recipient = to): Dialogue => ({
  as: 'logged in',
  what,
  says: [
    [`MAIL FROM:<${from}>`, '250'],
    [said, '250'],
  ],
  taken: [from, recipient],
})
const no = (as: Client, what: string, said: string, code: string): Dialogue => ({
  as,
  what,
  says: [[said, code]],
})
const noRcpt = (what: string, said: string, code: string): Dialogue => ({
  as: 'trusted',
  what,
  says: [
    [`MAIL FROM:<${from}>`, '250'],
    [said, code],
  ],
})

const formsOfMail: Dialogue[] = [
  mail('the form of RFC 5321', 'MAIL FROM:<a@shop.test>'),
  mail('the null sender', 'MAIL FROM:<>', ''),
  mail('small letters', 'mail from:<a@shop.test>'),
  mail('no brackets', 'MAIL FROM:a@shop.test'),
  mail('no brackets', 'MAIL FROM:a@shop.test', from, 'logged in'),
  mail('no brackets, a space and a parameter', 'MAIL FROM: a@shop.test SIZE=100'),
  mail('a space after the colon', 'MAIL FROM: <a@shop.test>'),
  mail('a space before the colon', 'MAIL FROM : <a@shop.test>', from, 'logged in'),
  mail('TABs for spaces', 'MAIL\tFROM:\t<a@shop.test>\tSIZE=100'),
  mail('spaces within the brackets', 'MAIL FROM:< a@shop.test >'),
  mail('no space before a parameter', 'MAIL FROM:<a@shop.test>SIZE=100', from, 'logged in'),
  mail('spaces at the end', 'MAIL FROM:<a@shop.test>  '),
  mail('a domain with the root dot', 'MAIL FROM:<a@shop.test.>', from, 'logged in'),
  mail('a sender without domain', 'MAIL FROM:<root>', 'root@relay.test'),
  mail('… of a web server', 'MAIL FROM:<www-data>', 'www-data@relay.test', 'logged in'),
  mail('… without brackets', 'MAIL FROM:root', 'root@relay.test'),
  mail('a source route (RFC 5321 Appendix C)', 'MAIL FROM:<@x.test:a@shop.test>'),
  mail('AUTH=<> (RFC 4954 §5)', 'MAIL FROM:<a@shop.test> AUTH=<>'),
  mail('an ENVID with "="', 'MAIL FROM:<a@shop.test> ENVID=QQ=='),
  { ...mail('SIZE after HELO', 'MAIL FROM:<a@shop.test> SIZE=100'), hello: 'HELO printer' },
  no('stranger', 'the form of RFC 5321, no login', 'MAIL FROM:<a@shop.test>', '530'),
  no('stranger', 'no brackets, no login', 'MAIL FROM:a@shop.test', '501'),
  no('stranger', 'a sender without domain, no login', 'MAIL FROM:<root>', '553'),
  {
    ...no('stranger', 'SIZE after HELO, no login', 'MAIL FROM:<a@b.c> SIZE=1', '555'),
    hello: 'HELO x',
  },
  no('trusted', 'no colon', 'MAIL FROM <a@shop.test>', '501'),
  no('trusted', 'no address', 'MAIL FROM:', '501'),
  no('trusted', 'a parameter for an address', 'MAIL FROM:SIZE=100', '553'),
  no('trusted', 'a bracket that is not closed', 'MAIL FROM:<a@shop.test', '501'),
  no('logged in', 'a name before the address', 'MAIL FROM:Shop <a@shop.test>', '501'),
  no('logged in', 'two addresses', 'MAIL FROM:<a@shop.test> <b@shop.test>', '501'),
  no('trusted', 'a route with "!"', 'MAIL FROM:<host!root>', '553'),
  no('trusted', 'an unknown parameter', 'MAIL FROM:<a@shop.test> FOO=bar', '555'),
  no('trusted', 'a parameter twice', 'MAIL FROM:<a@shop.test> SIZE=1 SIZE=2', '501'),
  no('trusted', 'BODY=BINARYMIME', 'MAIL FROM:<a@shop.test> BODY=BINARYMIME', '501'),
  no('trusted', 'a size that is too large', 'MAIL FROM:<a@shop.test> SIZE=99999999', '552'),
  no('trusted', 'a NUL (RFC 5321 §4.1.2)', 'MAIL FROM:<a\0@shop.test>', '501'),
]

const formsOfRcpt: Dialogue[] = [
  rcpt('the form of RFC 5321', 'RCPT TO:<u@own.test>'),
  rcpt('no brackets', 'RCPT TO:u@own.test'),
  rcpt('a space and a TAB', 'RCPT TO :\t<u@own.test>'),
  rcpt('no space before a parameter', 'RCPT TO:<u@own.test>NOTIFY=NEVER'),
  rcpt('a domain with the root dot', 'RCPT TO:<u@own.test.>'),
  rcpt('ORCPT in lower case', 'RCPT TO:<u@own.test> ORCPT=rfc822;u+2bx@own.test'),
  rcpt('ORCPT with "="', 'RCPT TO:<u@own.test> ORCPT=rfc822;u=x@own.test'),
  rcpt('the postmaster (RFC 5321 §4.5.1)', 'RCPT TO:postmaster', 'postmaster@relay.test'),
  noRcpt('a recipient without domain', 'RCPT TO:<root>', '553'),
  noRcpt('two recipients in one', 'RCPT TO:<u@own.test>,<v@own.test>', '501'),
  noRcpt('a quoted address as a name', 'RCPT TO:<"u@own.test">', '553'),
  noRcpt(
    'an ORCPT that could mean two things',
    'RCPT TO:<u@own.test> ORCPT=rfc822;u+ff@x.test',
    '501',
  ),
  noRcpt('an address beyond ASCII without SMTPUTF8', 'RCPT TO:<\xc3\xbc@own.test>', '553'),
  no('trusted', 'RCPT before MAIL', 'RCPT TO:<u@own.test>', '503'),
  no('stranger', 'RCPT before MAIL, no login', 'RCPT TO:<u@own.test>', '503'),
]

const greetings: Dialogue[] = [
  { ...mail('HELO with an odd name', 'MAIL FROM:<a@shop.test>'), hello: 'HELO my_printer' },
  { ...mail('EHLO with an address', 'MAIL FROM:<a@shop.test>'), hello: 'EHLO [192.0.2.7]' },
  { ...no('trusted', 'no HELO at all', 'MAIL FROM:<a@shop.test>', '503'), hello: null },
  { ...no('trusted', 'HELO without a name', 'HELO', '501'), hello: null },
  { ...no('trusted', 'EHLO with a NUL', 'EHLO a\0b', '501'), hello: null },
  no('trusted', 'a second EHLO', 'EHLO again.test', '250'),
]

const logins: Dialogue[] = [
  no('stranger', 'AUTH in the clear', `AUTH PLAIN ${plain('')}`, '538'),
  no('stranger under TLS', 'AUTH PLAIN', `AUTH PLAIN ${plain('')}`, '235'),
  no(
    'stranger under TLS',
    'AUTH PLAIN, authzid in another case',
    `AUTH PLAIN ${plain('ALICE')}`,
    '235',
  ),
  no('stranger under TLS', 'AUTH PLAIN for somebody else', `AUTH PLAIN ${plain('bob')}`, '535'),
  no('stranger under TLS', 'small letters', `auth plain ${plain('')}`, '235'),
  {
    as: 'stranger under TLS',
    what: 'AUTH LOGIN, line by line',
    says: [
      ['AUTH LOGIN', '334'],
      [base64('alice'), '334'],
      [base64('correct horse'), '235'],
    ],
  },
  {
    as: 'stranger under TLS',
    what: 'AUTH cancelled, then a command',
    says: [
      ['AUTH LOGIN', '334'],
      ['*', '501'],
      ['NOOP', '250'],
    ],
  },
  no('stranger under TLS', 'AUTH CRAM-MD5', 'AUTH CRAM-MD5', '504'),
  { ...no('stranger under TLS', 'AUTH after HELO', 'AUTH LOGIN', '503'), hello: 'HELO printer' },
  no('logged in', 'a second AUTH', `AUTH PLAIN ${plain('')}`, '503'),
]

const transaction = `MAIL FROM:<${from}>\r\nRCPT TO:<${to}>\r\nDATA\r\n`
const atData = [
  [`MAIL FROM:<${from}>`, '250'],
  [`RCPT TO:<${to}>`, '250'],
  ['DATA', '354'],
] as const

const order: Dialogue[] = [
  {
    as: 'trusted',
    what: 'all in one write',
    says: [[`${transaction}x\r\n.\r\nQUIT\r\n`, '250 250 354 250 221']],
    ends: true,
  },
  {
    as: 'trusted',
    what: 'all in one write, then it closes its side',
    says: [
      [`${transaction}x\r\n.\r\n`, '250 250 354 250'],
      [closes, ''],
    ],
    ends: true,
  },
  {
    as: 'trusted',
    what: 'it closes its side within the message',
    says: [...atData, [closes, '']],
    ends: true,
  },
  {
    as: 'trusted',
    what: 'it closes its side within a command',
    says: [
      ['MAIL FR\r', ''],
      [closes, ''],
    ],
    ends: true,
  },
  {
    as: 'trusted',
    what: 'QUIT after MAIL',
    says: [
      [`MAIL FROM:<${from}>`, '250'],
      ['QUIT', '221'],
    ],
    ends: true,
  },
  { as: 'stranger', what: 'QUIT at once', hello: null, says: [['QUIT', '221']], ends: true },
  {
    as: 'trusted',
    what: 'RSET, then another message',
    says: [
      ['MAIL FROM:<x@shop.test>', '250'],
      ['RSET', '250'],
      [`MAIL FROM:<${from}>`, '250'],
    ],
    taken: [from, to],
  },
  {
    as: 'trusted',
    what: 'MAIL twice',
    says: [
      [`MAIL FROM:<${from}>`, '250'],
      [`MAIL FROM:<${from}>`, '503'],
    ],
  },
  {
    as: 'trusted',
    what: 'DATA without a recipient',
    says: [
      [`MAIL FROM:<${from}>`, '250'],
      ['DATA', '503'],
    ],
  },
  { as: 'logged in', what: 'a bare LF in the text', says: [...atData, ['one\ntwo\r\n.', '550']] },
  {
    as: 'logged in',
    what: 'a second message behind a bare LF (smuggling)',
    says: [...atData, ['x\n.\r\nMAIL FROM:<evil@x.test>\r\n.', '550'], ['NOOP', '250']],
  },
  {
    as: 'trusted',
    what: 'a command that ends with a bare LF',
    says: [['NOOP\n', '500']],
    ends: true,
  },
  no('trusted', 'HELP', 'HELP', '214'),
  no('trusted', 'EXPN', 'EXPN list', '502'),
  no('trusted', 'ETRN', 'ETRN own.test', '502'),
  no('trusted', 'VRFY', 'VRFY root', '252'),
  {
    ...no('trusted', 'BDAT, which was not offered', 'BDAT 4 LAST\r\nx\r\n\r\n', '502'),
    ends: true,
  },
  no('trusted', 'a command of another protocol', 'GET / HTTP/1.1', '500'),
  no('trusted', 'an empty line', '', '500'),
]

export const chapters: Readonly<Record<string, readonly Dialogue[]>> = {
  'Forms of MAIL': formsOfMail,
  'Forms of RCPT': formsOfRcpt,
  Greetings: greetings,
  Logins: logins,
  'Order, ends and other commands': order,
}
