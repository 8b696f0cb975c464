/**
 * log is in charge of the log: one JSON object a line on stdout, with constant messages and named fields. It never
 * holds a password, a key or the content of a message; the fields that could are cut out here, whoever logs them.
 */
import { pino } from 'pino'
import { AlarmLine } from './alarm-line.ts'
import { GatheredLines } from './gathered-lines.ts'

type Say = (fields: Readonly<Record<string, unknown>>, message: string) => void

export interface Logger {
  readonly debug: Say
  readonly info: Say
  readonly warn: Say
  readonly error: Say
}

export interface LoggerOptions {
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
 * A log of the process `name` on stdout from `level` up. Lines go out together, within half a second, at once from
 * `warn` up; a process that is killed may take its last `info` lines with it (what happened to mail is in the store).
 */
export function createLogger(level: string, name: string, options: LoggerOptions = {}): Logger {
  const out = new GatheredLines(1)
  const streams: pino.StreamEntry[] = [
    { level: 'trace', stream: out },
    { level: 'warn', stream: { write: () => out.flush() } },
  ]
  if (options.alarms) streams.push({ level: 'warn', stream: new AlarmLine() })
  return pino(
    {
      level,
      base: { name },
      redact,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // An Error can be logged as `err` or `error`; its message and stack say what happened, its fields may say secrets.
      serializers: { err: describeError, error: describeError },
    },
    pino.multistream(streams),
  )
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
