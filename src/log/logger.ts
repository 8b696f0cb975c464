import { Socket } from 'node:net'
import { pino } from 'pino'
import { DescriptorSink, GatheredLines, type LineSink } from './gathered-lines.ts'

type Say = (fields: Readonly<Record<string, unknown>>, message: string) => void

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

const secretNames = ['password', 'secret', 'authorization', 'apiKey', 'token']

/** Cut out wherever they stand: at the top and one level down (headers, bodies). */
const redact = {
  paths: secretNames.flatMap((name) => [name, `*.${name}`]),
  censor: '[cut out]',
}

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
  redact,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  // An Error can be logged as `err` or `error`; its message and stack say what happened, its fields may say secrets.
  serializers: { err: describeError, error: describeError },
})

/** A warning about the log itself, written past it. */
function writeLine(name: string, fields: object, message: string): string {
  let line = ''
  pino(form(name), { write: (text: string) => (line = text) }).warn(fields, message)
  return line
}

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
