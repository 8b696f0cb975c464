/** A plain message with a subject that tells it from others; ends with CRLF. */
export const plainMail = (subject: string, body = 'hello'): string =>
  [`From: sender@customer.test`, `Subject: ${subject}`, '', body, ''].join('\r\n')

/** A message of about so many bytes, in lines of 78, every line different, some with a dot in front. */
export function largeMail(subject: string, bytes: number): Buffer {
  const lines = [`Subject: ${subject}`, '']
  let length = 0
  for (let i = 0; length < bytes; i++) {
    const line = `${i % 7 === 0 ? '.' : ''}${i} `.padEnd(76, String.fromCharCode(33 + (i % 90)))
    lines.push(line)
    length += line.length + 2
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1')
}

/** The value of the first header field of that name; '' where there is none. */
export function headerField(bytes: Buffer, name: string): string {
  const [header = ''] = bytes.toString('latin1').split('\r\n\r\n', 1)
  const unfolded = header.replace(/\r\n(?=[ \t])/g, '')
  const found = unfolded
    .split('\r\n')
    .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
  return found?.slice(name.length + 1).trim() ?? ''
}

/** The bytes after our own Received field, which must be the first; fails where it is not. */
export function withoutReceived(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1')
  const received = /^Received: [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*/.exec(text)
  if (!received) throw new Error(`no Received in front: ${text.slice(0, 200)}`)
  return bytes.subarray(received[0].length)
}
