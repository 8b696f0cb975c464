import type { GroupKind, GroupPosition } from '../store/protocol/groups.ts'
import type { LedgerPosition, RefusalPosition } from '../store/protocol/views.ts'

/** The list that a cursor belongs to; in any other list it is malformed. */
export type CursorKind = 'messages' | 'recipients' | 'attempts' | 'operations' | 'holds' | 'audit'

const prefixes: Readonly<Record<CursorKind, string>> = {
  messages: 'm',
  recipients: 'r',
  attempts: 'a',
  operations: 'o',
  holds: 'h',
  audit: 'u',
}

/** A position in a list as an opaque text, so that its content can change. */
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

/** The position of an event: its store and its number there. Numbers of another store mean other events. */
export interface EventPosition {
  store: string
  seq: number
}

const eventPosition = /^e([0-9a-f]+)\.([0-9a-z]+)$/

/** An event's position as a text, like other cursors. */
export const encodeEventCursor = ({ store, seq }: EventPosition): string =>
  Buffer.from(`e${store}.${seq.toString(36)}`).toString('base64url')

/** Reads what `encodeEventCursor` wrote; undefined for anything else. */
export function decodeEventCursor(text: string): EventPosition | undefined {
  const inside = Buffer.from(text, 'base64url').toString('latin1')
  const [, store, digits] = eventPosition.exec(inside) ?? []
  if (store === undefined || digits === undefined) return undefined
  const position = { store, seq: Number.parseInt(digits, 36) }
  const inRange = Number.isSafeInteger(position.seq)
  return inRange && encodeEventCursor(position) === text ? position : undefined
}

const refusalPosition = /^f([0-9]+)\.([0-9]+)\.([a-z_]+)$/

/** A position in the list of refusals as a text, like other cursors. */
export const encodeRefusalCursor = ({ hour, submitter, reason }: RefusalPosition): string =>
  Buffer.from(`f${hour}.${submitter}.${reason}`).toString('base64url')

/** Reads what `encodeRefusalCursor` wrote; undefined for anything else. */
export function decodeRefusalCursor(text: string): RefusalPosition | undefined {
  const inside = Buffer.from(text, 'base64url').toString('latin1')
  const [, hour, submitter, reason] = refusalPosition.exec(inside) ?? []
  if (hour === undefined || submitter === undefined || reason === undefined) return undefined
  const position = { hour: Number(hour), submitter: Number(submitter), reason }
  return encodeRefusalCursor(position) === text ? position : undefined
}

const ledgerPosition = /^l([0-9]+)\.([0-9]+)$/

/** A position in the days of the ledger as a text, like other cursors. */
export const encodeLedgerCursor = ({ day, submitter }: LedgerPosition): string =>
  Buffer.from(`l${day}.${submitter}`).toString('base64url')

/** Reads what `encodeLedgerCursor` wrote; undefined for anything else. */
export function decodeLedgerCursor(text: string): LedgerPosition | undefined {
  const inside = Buffer.from(text, 'base64url').toString('latin1')
  const [, day, submitter] = ledgerPosition.exec(inside) ?? []
  if (day === undefined || submitter === undefined) return undefined
  const position = { day: Number(day), submitter: Number(submitter) }
  const inRange = Number.isSafeInteger(position.day) && Number.isSafeInteger(position.submitter)
  return inRange && encodeLedgerCursor(position) === text ? position : undefined
}

const groupPosition = /^g([ds])([0-9]+)\.([0-9]+)$/

/** A position in the list of destinations, or of submitters, as a text, like other cursors. */
export const encodeGroupCursor = (by: GroupKind, { open, id }: GroupPosition): string =>
  Buffer.from(`g${by.charAt(0)}${open}.${id}`).toString('base64url')

/** Reads what `encodeGroupCursor` wrote for the same list; undefined for anything else. */
export function decodeGroupCursor(by: GroupKind, text: string): GroupPosition | undefined {
  const inside = Buffer.from(text, 'base64url').toString('latin1')
  const [, , open, id] = groupPosition.exec(inside) ?? []
  if (open === undefined || id === undefined) return undefined
  const position = { open: Number(open), id: Number(id) }
  const inRange = Number.isSafeInteger(position.open) && Number.isSafeInteger(position.id)
  return inRange && encodeGroupCursor(by, position) === text ? position : undefined
}
