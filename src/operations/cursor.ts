/** What a cursor points into; one of another kind is malformed, not somewhere else. */
export type CursorKind = 'messages' | 'attempts' | 'events'

const prefixes: Readonly<Record<CursorKind, string>> = { messages: 'm', attempts: 'a', events: 'e' }

/** A position in a list as a text that clients keep but don't read, so that it can change its inside. */
export const encodeCursor = (kind: CursorKind, position: number): string =>
  Buffer.from(`${prefixes[kind]}${position.toString(36)}`).toString('base64url')

/** Reads what `encodeCursor` wrote; undefined for anything else. */
export function decodeCursor(kind: CursorKind, text: string): number | undefined {
  const inside = Buffer.from(text, 'base64url').toString('latin1')
  if (!inside.startsWith(prefixes[kind])) return undefined
  const position = Number.parseInt(inside.slice(1), 36)
  const inRange = Number.isSafeInteger(position) && position >= 0
  return inRange && encodeCursor(kind, position) === text ? position : undefined
}
