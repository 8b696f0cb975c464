/** Reads a notification as a mail program would, written apart from what builds it. */

export interface MimeEntity {
  /** Lower-case names; unfolded values. */
  fields: [name: string, value: string][]
  body: Buffer
}

export const valueOf = ({ fields }: Pick<MimeEntity, 'fields'>, name: string): string | undefined =>
  fields.find(([other]) => other === name)?.[1]

export const namesOf = ({ fields }: Pick<MimeEntity, 'fields'>): string[] =>
  fields.map(([name]) => name)

/** Throws at anything in the header that is neither a field nor the continuation of one. */
export function readEntity(bytes: Buffer): MimeEntity {
  const end = bytes.indexOf('\r\n\r\n')
  const header = bytes.subarray(0, end < 0 ? bytes.length : end).toString()
  return { fields: readFields(header), body: end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 4) }
}

function readFields(header: string): MimeEntity['fields'] {
  const lines = header.replace(/\r\n(?=[ \t])/g, '').split('\r\n')
  return lines.map((line) => {
    const match = /^([!-9;-~]+): (.*)$/s.exec(line)
    if (!match) throw new Error(`not a field: ${line}`)
    return [(match[1] ?? '').toLowerCase(), match[2] ?? '']
  })
}

/** The parts of a multipart, their encodings undone. */
export function readParts(entity: MimeEntity): MimeEntity[] {
  const boundary = /boundary="([^"]+)"/.exec(valueOf(entity, 'content-type') ?? '')?.[1] ?? ''
  const text = entity.body.toString('latin1')
  const [, ...parts] = `\r\n${text}`.split(`\r\n--${boundary}`)
  if (parts.pop() !== '--\r\n') throw new Error('the last boundary is missing')
  return parts.map((part) => {
    if (!part.startsWith('\r\n')) throw new Error('a boundary line goes on')
    return decode(readEntity(Buffer.from(part.slice(2), 'latin1')))
  })
}

function decode(part: MimeEntity): MimeEntity {
  if (valueOf(part, 'content-transfer-encoding') !== 'quoted-printable') return part
  const text = part.body
    .toString('latin1')
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return { ...part, body: Buffer.from(text, 'latin1') }
}

/** The blocks of a message/delivery-status: of the message, then of each recipient. */
export const readStatus = ({ body }: MimeEntity): Pick<MimeEntity, 'fields'>[] =>
  body
    .toString()
    .trimEnd()
    .split('\r\n\r\n')
    .map((block) => ({ fields: readFields(block) }))
