import { day, hour, minute, second } from './clock.ts'

const units: Readonly<Record<string, number>> = { ms: 1, s: second, m: minute, h: hour, d: day }

/** Reads `90s`, `5m`, `4h`, `30d` or `0` as milliseconds; anything else is `undefined`. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text)
  const unit = units[match?.[2] ?? '']
  return match && unit !== undefined ? Number(match[1]) * unit : undefined
}

/** Writes milliseconds as a person would say them, rounded to two units: `4 h 10 min`, `35 s`. */
export function describeDuration(ms: number): string {
  const parts: [number, string][] = [
    [Math.floor(ms / day), 'd'],
    [Math.floor((ms % day) / hour), 'h'],
    [Math.floor((ms % hour) / minute), 'min'],
    [Math.floor((ms % minute) / second), 's'],
  ]
  const first = parts.findIndex(([count]) => count > 0)
  if (first < 0) return '0 s'
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0)
  return shown.map(([count, unit]) => `${String(count)} ${unit}`).join(' ')
}
