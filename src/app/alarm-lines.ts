import { cleanLine } from '../mail/safe-text.ts'
import type { Say } from './voice.ts'

/** Bounds the memory that a child without line ends can take. */
const longestLine = 64 * 1024
const longestShown = 1000

/** Cuts what a child writes into lines; empty ones are left out. */
export class LineCutter {
  readonly #onLine: (line: string) => void
  #rest = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  push(bytes: Buffer): void {
    const lines = (this.#rest + bytes.toString('utf8')).split('\n')
    this.#rest = (lines.pop() ?? '').slice(-longestLine)
    for (const line of lines) if (line.trim() !== '') this.#onLine(line)
  }

  /** The child has ended: text without a line end counts as a line. */
  end(): void {
    const rest = this.#rest
    this.#rest = ''
    if (rest.trim() !== '') this.#onLine(rest)
  }
}

/**
 * What a child writes to stderr. Its warnings and errors, which are in its log already, are shown in a form for a terminal. Anything
 * else (a fatal error of V8, the trace of an exception) is in no log yet, and goes to that of the supervisor too.
 */
export const alarmLines = (name: string, { say, repeat }: { say: Say; repeat: Say }): LineCutter =>
  new LineCutter((line) => {
    const record = parseRecord(line)
    if (record) repeat(describeRecord(name, record), record['level'] === 'error' ? 'error' : 'warn')
    else say(`${name}: ${shown(line)}`, 'warn')
  })

const headings = new Set(['level', 'time', 'name', 'msg', 'err', 'error'])

/** `12:31:05 smtp error: could not start (port=25): listen EADDRINUSE` */
function describeRecord(name: string, record: Record<string, unknown>): string {
  const fields = Object.entries(record)
    .filter(([key]) => !headings.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const details = fields.length > 0 ? ` (${fields.join(', ')})` : ''
  const fault = (record['err'] ?? record['error']) as { message?: unknown } | undefined
  const cause = typeof fault?.message === 'string' ? `: ${fault.message}` : ''
  const time = String(record['time']).slice(11, 19)
  return shown(
    `${time} ${name} ${String(record['level'])}: ${String(record['msg'])}${details}${cause}`,
  )
}

/** Text from outside can be in a log line; it must not control the terminal. */
const shown = (text: string): string => cleanLine(text).slice(0, longestShown)

function parseRecord(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return null
  }
}
