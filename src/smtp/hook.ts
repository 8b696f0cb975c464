import type { Refusal } from '../mail/refusal.ts'
import type { Reply } from '../mail/reply.ts'
import { systemProblem } from '../submission/replies.ts'
import type { Connection } from './connection.ts'
import { constants } from './haraka.ts'
import type { HarakaHook, Next } from './haraka-types.ts'

/** What a hook's handler decides. */
export type Verdict =
  /** Not its business; the next hook may have a say. */
  | { kind: 'continue' }
  | { kind: 'ok'; message?: string | Reply }
  | { kind: 'refuse'; reply: Refusal; disconnect?: boolean }

export type Handler = (connection: Connection, params: unknown) => Verdict | Promise<Verdict>

export const goOn: Verdict = { kind: 'continue' }
export const ok: Verdict = { kind: 'ok' }
export const refuse = (reply: Refusal): Verdict => ({ kind: 'refuse', reply })
export const refuseAndClose = (reply: Refusal): Verdict => ({
  kind: 'refuse',
  reply,
  disconnect: true,
})

/**
 * The one wrapper of all our hooks. Haraka takes a throw for "continue" and ends of a rejection; here both become a
 * temporary failure. `next` is called exactly once: by the handler's verdict, or after `deadlineMs` without one.
 */
export function hook(handle: Handler, { deadlineMs }: { deadlineMs?: number } = {}): HarakaHook {
  return (next, connection, params) => {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- `listen` has Haraka make these
    const client = connection as Connection
    try {
      const verdict = handle(client, params)
      if (verdict instanceof Promise) answerLater(next, client, verdict, deadlineMs)
      else answer(next, verdict)
    } catch (error) {
      answer(next, fault(client, error))
    }
  }
}

function answerLater(
  next: Next,
  connection: Connection,
  pending: Promise<Verdict>,
  deadlineMs: number | undefined,
): void {
  let answeredAlready = false
  const once = (verdict: Verdict): void => {
    if (answeredAlready) return
    answeredAlready = true
    clearTimeout(timer)
    answer(next, verdict)
  }
  const timer =
    deadlineMs === undefined
      ? undefined
      : setTimeout(() => once(fault(connection, new Error('hook too slow'))), deadlineMs)
  pending.then(once, (error: unknown) => once(fault(connection, error)))
}

function fault(connection: Connection, error: unknown): Verdict {
  const { session, context } = connection
  context.faults.add(kindOf(error), connection.remote.ip, { err: error, command: session.verb })
  // Whoever has not been greeted was not looked at: he does not come in.
  return session.verb === ''
    ? refuseAndClose({ ...systemProblem, code: 421 })
    : refuse(systemProblem)
}

/** What faults have in common, whoever causes them. */
const kindOf = (error: unknown): string =>
  error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.name) : 'unknown'

function answer(next: Next, verdict: Verdict): void {
  if (verdict.kind === 'continue') next(constants.cont)
  else if (verdict.kind === 'ok') next(constants.ok, verdict.message)
  else next(denial(verdict.reply.code < 500, verdict.disconnect === true), verdict.reply)
}

function denial(soft: boolean, disconnect: boolean): number {
  if (disconnect) return soft ? constants.denysoftdisconnect : constants.denydisconnect
  return soft ? constants.denysoft : constants.deny
}
