/** Cuts what a child says on stderr into lines, and log lines (JSON) into what a person reads at a terminal. */
export class AlarmLines {
  readonly #name: string
  readonly #say: (line: string) => void
  #rest = ''

  constructor(name: string, say: (line: string) => void) {
    this.#name = name
    this.#say = say
  }

  push(bytes: Buffer): void {
    const lines = (this.#rest + bytes.toString('utf8')).split('\n')
    // A child that never ends its line must not fill our memory.
    this.#rest = (lines.pop() ?? '').slice(-64 * 1024)
    for (const line of lines) if (line.trim() !== '') this.#say(describeAlarm(this.#name, line))
  }
}

const headings = new Set(['level', 'time', 'name', 'msg', 'err', 'error'])

/** `12:31:05 smtp error: could not start (port=25): listen EADDRINUSE`; a line that is no log line stays as it is. */
export function describeAlarm(name: string, line: string): string {
  const record = parseRecord(line)
  if (!record) return `${name}: ${printable(line)}`
  const fields = Object.entries(record)
    .filter(([key]) => !headings.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const details = fields.length > 0 ? ` (${fields.join(', ')})` : ''
  const fault = (record['err'] ?? record['error']) as { message?: unknown } | undefined
  const cause = typeof fault?.message === 'string' ? `: ${fault.message}` : ''
  const time = String(record['time']).slice(11, 19)
  return printable(
    `${time} ${name} ${String(record['level'])}: ${String(record['msg'])}${details}${cause}`,
  )
}

/** Text from outside can stand in a log line; on a terminal it must stay text. */
const printable = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').slice(0, 1000)

function parseRecord(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return null
  }
}
