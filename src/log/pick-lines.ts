import type { LogLine, PickLine } from './log-trail.ts'

/** Which lines are wanted. */
export type Wanted =
  /** About the message with this id, or about its bounce messages. */
  | { kind: 'message'; id: string }
  /** About mail from or to this address; `*@domain`: from or to any address there. */
  | { kind: 'address'; address: string }
  /** About any message. */
  | { kind: 'mail' }
  | { kind: 'all' }

const ulid = /^[0-9a-hjkmnp-tv-z]{26}$/i

/** What a person asks for: an id, an address, `*@domain`; null where it is none of them. */
export function parseWanted(text: string | undefined): Wanted | null {
  if (text === undefined) return { kind: 'mail' }
  if (ulid.test(text)) return { kind: 'message', id: text.toUpperCase() }
  if (/.@./.test(text)) return { kind: 'address', address: text.toLowerCase() }
  return null
}

/**
 * Picks the lines that are wanted and not older than `since` (RFC 3339). Of most lines a look at the text tells that they
 * are not wanted: only the others are parsed.
 */
export function lineMatching(wanted: Wanted, since: string): PickLine {
  const mayMatch = textTest(wanted)
  const matches = recordTest(wanted)
  return (text) => {
    if (!text.startsWith('{') || !mayMatch(text)) return null
    const line = parseLine(text)
    return line && line.time >= since && matches(line.record) ? line : null
  }
}

function textTest(wanted: Wanted): (text: string) => boolean {
  switch (wanted.kind) {
    case 'message':
      return (text) => text.includes(wanted.id)
    case 'address': {
      // As JSON writes it
      const needle = JSON.stringify(withoutStar(wanted.address)).slice(1, -1)
      const pattern = new RegExp(needle.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'iu')
      return (text) => pattern.test(text)
    }
    case 'mail':
      return (text) => text.includes('"id":"')
    case 'all':
      return () => true
  }
}

type Test = (record: LogLine['record']) => boolean

function recordTest(wanted: Wanted): Test {
  switch (wanted.kind) {
    case 'message':
      return ({ id, about }) => id === wanted.id || about === wanted.id
    case 'address':
      return ({ sender, recipient }) => isAt(sender, wanted) || isAt(recipient, wanted)
    case 'mail':
      return ({ id }) => typeof id === 'string'
    case 'all':
      return () => true
  }
}

const withoutStar = (address: string): string =>
  address.startsWith('*@') ? address.slice(1) : address

function isAt(value: unknown, { address }: { address: string }): boolean {
  if (typeof value !== 'string') return false
  const given = value.toLowerCase()
  return address.startsWith('*@') ? given.endsWith(address.slice(1)) : given === address
}

function parseLine(text: string): LogLine | null {
  try {
    const record = JSON.parse(text) as LogLine['record']
    const { time } = record
    return typeof time === 'string' ? { time, text, record } : null
  } catch {
    return null
  }
}
