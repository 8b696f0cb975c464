import { Socket } from 'node:net'
import { pino } from 'pino'
import { DescriptorSink, GatheredLines, type LineSink } from './gathered-lines.ts'

type Fields = Readonly<Record<string, unknown>>
type Say = (fields: Fields, message: string) => void

export interface Logger {
  readonly debug: Say
  readonly info: Say
  readonly warn: Say
  readonly error: Say
}

export interface LoggerOptions {
  /** The file that lines go to; stdout where none is given. */
  file?: LineSink
  /** Says warnings and errors on stderr, too, where a supervisor listens for them. */
  alarms?: boolean
}

const secretNames: ReadonlySet<string> = new Set([
  'password',
  'secret',
  'authorization',
  'apiKey',
  'token',
])

/**
 * A log of the process `name` from `level` up. Lines go out together, within half a second, at once from `warn` up; a
 * process that is killed may take its last `info` lines with it (what happened to mail is in the store).
 */
export function createLogger(level: string, name: string, options: LoggerOptions = {}): Logger {
  const alarms = options.alarms ? new AlarmLine() : null
  const out = new GatheredLines(options.file ?? new DescriptorSink(1), {
    describe: (lines) =>
      writeLine(name, { lines }, 'lines are missing here: they could not be written'),
    onLoss: ({ message: cause }) =>
      alarms?.write(writeLine(name, { cause }, 'the log can not be written; lines are lost')),
    onTrouble: ({ message: cause }) => {
      const line = writeLine(name, { cause }, 'the log can not be rotated; it grows')
      out.write(line)
      alarms?.write(line)
    },
  })
  const streams: pino.StreamEntry[] = [
    { level: 'trace', stream: out },
    { level: 'warn', stream: { write: () => out.flush() } },
  ]
  if (alarms) streams.push({ level: 'warn', stream: alarms })
  return pino({ ...form(name), level }, pino.multistream(streams))
}

const form = (name: string): pino.LoggerOptions => ({
  base: { name },
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }), log: withoutSecrets },
  // Errors are described by then, and pino's own way with them would be the next
  serializers: { err: (described: unknown) => described },
})

/** A warning about the log itself, written past it. */
function writeLine(name: string, fields: object, message: string): string {
  let line = ''
  pino(form(name), { write: (text: string) => (line = text) }).warn(fields, message)
  return line
}

/**
 * Cuts secrets out wherever they stand, at the top and one level down (headers, bodies). Most lines hold none and stay as
 * they are: pino's own `redact` takes three times as long as all else that a line costs.
 */
function withoutSecrets(fields: Fields): Record<string, unknown> {
  const isClean = !hasSecret(fields) && !Object.values(fields).some(mayTellSecret)
  return isClean ? fields : cutOut(fields, (value) => (isObject(value) ? described(value) : value))
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const hasSecret = (fields: object): boolean =>
  Object.keys(fields).some((name) => secretNames.has(name))

const mayTellSecret = (value: unknown): boolean =>
  isObject(value) && (value instanceof Error || hasSecret(value))

const described = (value: object): unknown => {
  if (value instanceof Error) return describeError(value)
  return hasSecret(value) ? cutOut(value, (inner) => inner) : value
}

const cutOut = (fields: object, within: (value: unknown) => unknown): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => [
      name,
      secretNames.has(name) ? '[cut out]' : within(value),
    ]),
  )

/** Its message and stack say what happened, its fields may say secrets. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const code = (error as NodeJS.ErrnoException).code
  return {
    name,
    message,
    code,
    stack,
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  }
}

/** What may wait for a supervisor that doesn't read; what comes beyond is dropped here, and still stands in the log. */
const waitingBytes = 64 * 1024

/** stderr as the line to the supervisor. One that is gone, or stands still, holds up nobody. */
class AlarmLine {
  readonly #stderr = new Socket({ fd: 2, readable: false })

  constructor() {
    this.#stderr.on('error', () => undefined) // nobody listens any more
    this.#stderr.unref()
  }

  write(line: string): void {
    if (this.#stderr.writable && this.#stderr.writableLength < waitingBytes) {
      this.#stderr.write(line)
    }
  }
}
