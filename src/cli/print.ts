import { styleText } from 'node:util'
import { printable } from '../mail/safe-text.ts'
import { statusWords, type StatusWords } from '../words/status.ts'
import type { Output } from './io.ts'

export { printable }

type Style = Parameters<typeof styleText>[0]

/** Colours on a terminal, unless NO_COLOR is set. */
export const paint = (out: Output, style: Style, text: string): string =>
  out.isTTY ? styleText(style, text) : text

const toneStyles: Readonly<Record<StatusWords['tone'], Style>> = {
  neutral: 'reset',
  waits: 'yellow',
  stopped: 'cyan',
  moves: 'blue',
  good: 'green',
  bad: 'red',
}

/** A text in the colour of its status; without colour where it is not a status, such as `mixed`. */
export function paintStatus(out: Output, status: string, text: string): string {
  const words = Object.entries(statusWords).find(([name]) => name === status)?.[1]
  return paint(out, toneStyles[words?.tone ?? 'neutral'], text)
}

/** One object per line, as the API writes it; control characters are escaped, which is the same in JSON. */
export const printJson = (out: Output, value: unknown): unknown =>
  out.write(`${printable(JSON.stringify(value))}\n`)

/** `1 message`, `2 messages`. */
export const counted = (count: number, thing: string): string =>
  `${count} ${thing}${count === 1 ? '' : 's'}`

const units = ['B', 'KB', 'MB', 'GB', 'TB']

/** `812 B`, `4.1 KB`, `25 MB` (1 KB is 1024 bytes). */
export function describeBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  const digits = value < 10 && unit > 0 ? value.toFixed(1) : String(Math.round(value))
  return `${digits} ${units[unit] ?? ''}`
}

/** Cut to a width, with a mark where something is missing. */
const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`

/** Cut on a terminal only: what goes to a file or another program is whole. */
export const fit = (out: Output, text: string, width: number): string =>
  out.isTTY === true ? cut(text, width) : text

const usualColumns = 120

/** How wide a terminal is. */
export const columnsOf = ({ columns }: Output): number => columns ?? usualColumns
