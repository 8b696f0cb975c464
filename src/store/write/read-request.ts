import type { Principal } from '../../words/principal.ts'
import type { Command } from '../protocol/commands.ts'

/** One command as a connection sends it. */
export interface Request {
  /** Comes back with the answer. */
  id: number
  by: Principal
  command: Command
}

/** A frame's head as a request; null for what no process of this release sends. `isKind`: whether there is such a command. */
export function readRequest(head: unknown, isKind: (kind: string) => boolean): Request | null {
  if (typeof head !== 'object' || head === null) return null
  const { id, by, command } = head as Partial<Record<keyof Request, unknown>>
  if (typeof id !== 'number' || !isPrincipal(by) || !isCommand(command, isKind)) return null
  return { id, by, command }
}

const isPrincipal = (value: unknown): value is Principal =>
  typeof value === 'object' && value !== null && 'kind' in value && 'id' in value

/** What changes flight alone runs outside of any transaction, so its lists must be lists. */
function isCommand(value: unknown, isKind: (kind: string) => boolean): value is Command {
  if (typeof value !== 'object' || value === null) return false
  const { kind, recipients, inFlight } = value as Record<string, unknown>
  if (typeof kind !== 'string' || !isKind(kind)) return false
  if (kind === 'start' || kind === 'unstart') return Array.isArray(recipients)
  return kind !== 'follow' || Array.isArray(inFlight)
}
