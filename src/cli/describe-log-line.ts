import type { LogLine } from '../log/log-trail.ts'
import type { Output } from './io.ts'
import { paint, paintStatus, printable } from './print.ts'

/** Shown in front, as part of the reply, or not at all. */
const apart = new Set([
  'level',
  'time',
  'name',
  'msg',
  'id',
  'err',
  'error',
  'code',
  'enhanced',
  'text',
])
const addresses = new Set(['sender', 'recipient'])

/**
 * A line of the log as a person reads it:
 * `2026-11-30T20:30:29.123Z delivery 01J…: recipient tried sender=<a@b.c> recipient=<d@e.f> status=delivered … (250 2.0.0 ok)`
 */
export function describeLogLine({ record }: Pick<LogLine, 'record'>, out: Output): string {
  const { time, name, level, id, msg } = record
  const heading = [time, name, ...(typeof id === 'string' ? [id] : [])].map(asText).join(' ')
  const loud = level === 'warn' || level === 'error' ? `${level}: ` : ''
  const fields = Object.entries(record)
    .filter(([key, value]) => !apart.has(key) && value !== null && value !== undefined)
    .map(([key, value]) => describeField(key, value, out))
  const words = [
    `${printable(heading)}:`,
    paint(out, level === 'error' ? 'red' : 'reset', printable(`${loud}${asText(msg)}`)),
    ...fields,
    ...replyOf(record),
    ...faultOf(record),
  ]
  return words.join(' ')
}

function describeField(key: string, value: unknown, out: Output): string {
  if (key === 'status' && typeof value === 'string') {
    return `status=${paintStatus(out, value, printable(value))}`
  }
  if (addresses.has(key)) return `${key}=<${printable(asText(value))}>`
  if (key === 'delays' && typeof value === 'object' && value !== null) {
    return `delays=${printable(Object.values(value).map(asText).join('/'))}`
  }
  const text = asText(value)
  return `${printable(key)}=${printable(/[\s"]/.test(text) ? JSON.stringify(text) : text)}`
}

function replyOf({ code, enhanced, text }: LogLine['record']): string[] {
  const parts = [code, enhanced, text].filter((part) => part !== null && part !== undefined)
  return parts.length === 0 ? [] : [`(${printable(parts.map(asText).join(' '))})`]
}

function faultOf({ err, error }: LogLine['record']): string[] {
  const fault = (err ?? error) as { message?: unknown } | null | undefined
  return typeof fault?.message === 'string' ? [`[${printable(fault.message)}]`] : []
}

const asText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)
