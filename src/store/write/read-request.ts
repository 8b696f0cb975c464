import type { Principal } from '../../words/principal.ts'
import type { Command } from '../protocol/commands.ts'

/** One command as a connection sends it. */
export interface Request {
  /** Comes back with the answer. */
  id: number
  by: Principal
  command: Command
}

const kinds: Readonly<Record<Command['kind'], true>> = {
  chunk: true,
  abandon: true,
  accept: true,
  start: true,
  unstart: true,
  settle: true,
  operate: true,
  'accept-clock': true,
  'stop-operation': true,
  'put-hold': true,
  'lift-hold': true,
  'put-account': true,
  'remove-account': true,
  'put-api-key': true,
  note: true,
  'count-refusals': true,
  place: true,
  follow: true,
  blockers: true,
  'in-flight': true,
  rests: true,
  'open-totals': true,
}

/** A frame's head as a request; null for what no process of this release sends. */
export function readRequest(head: unknown): Request | null {
  if (typeof head !== 'object' || head === null) return null
  const { id, by, command } = head as Partial<Record<keyof Request, unknown>>
  if (typeof id !== 'number' || !isPrincipal(by) || !isCommand(command)) return null
  return { id, by, command }
}

const isPrincipal = (value: unknown): value is Principal =>
  typeof value === 'object' && value !== null && 'kind' in value && 'id' in value

/** What changes flight alone runs outside of any transaction, so its lists must be lists. */
function isCommand(value: unknown): value is Command {
  if (typeof value !== 'object' || value === null) return false
  const { kind, recipients, inFlight } = value as Record<string, unknown>
  if (typeof kind !== 'string' || !(kind in kinds)) return false
  if (kind === 'start' || kind === 'unstart') return Array.isArray(recipients)
  return kind !== 'follow' || Array.isArray(inFlight)
}
