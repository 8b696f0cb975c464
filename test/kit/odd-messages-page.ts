import { whatGoesOut, type OddMessage } from './odd-messages.ts'

const page = `# Odd messages

What becomes of messages as no standard wants them. Behind one \`Received\` line of Sluice, what goes out is what was sent, octet by
octet, but for two things ([0032](decisions/0032-what-changes-in-a-message.md)):

- The first line that neither is a header field nor continues one begins the body. Where no empty line comes before it, one is
  put there.
- \`Bcc\`, \`Resent-Bcc\` and \`Return-Path\` are left out of the header. They stay in the stored message, and a bounce message to the
  sender may return them.

Bare CR or LF, NUL, 50 \`Received\` lines or more, and more octets than allowed are refused. 8-bit octets and lines of more than 998
octets go out as they are, unless \`submission.eight_bit\` or \`submission.long_lines\` is "refuse"
([0034](decisions/0034-eight-bit-octets-and-long-lines-are-sent.md)).

This page is made by \`test/e2e/odd-messages-go-out-as-decided.test.ts\`, which sends each message through a relay (\`npm test -- \` this
file \`-u\` writes the page anew), and has what arrives read by \`email\` of Python, too. That agrees on where each header and body
begins, but for blanks before a colon, which RFC 5322 §4.5.8 allows and \`email\` takes for the end of the header.

| the message | what was sent | header that goes out | body that goes out |
| --- | --- | --- | --- |
`

/** The page docs/odd-messages.md. */
export const oddMessagesPage = (messages: readonly OddMessage[]): string =>
  page + messages.map(row).join('')

function row(message: OddMessage): string {
  const { about, sent, header, body } = message
  const out =
    whatGoesOut(message) === sent
      ? ['as sent', body === null ? 'none' : 'as sent']
      : [header === '' ? 'none' : shown(header), body === null ? 'none' : shown(body)]
  return `| ${[about, shown(sent), ...out].join(' | ')} |\n`
}

/** No more of a long one than its ends. */
const longest = 160
const end = 40

function shown(octets: string): string {
  const parts =
    octets.length > longest
      ? [octets.slice(0, 2 * end), octets.slice(-end)].map(escaped)
      : [escaped(octets)]
  const between = ` … ${octets.length - 3 * end} octets … `
  return `\`"${parts.join(`"\`${between}\`"`)}"\``
}

const escaped = (octets: string): string =>
  octets
    .replaceAll('\r\n', '\\r\\n')
    .replaceAll('\t', '\\t')
    .replace(
      /[\x00-\x1f\x7f-\xff|]/g,
      (octet) => `\\x${octet.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
