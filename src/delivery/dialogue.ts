import { describeReply } from '../mail/reply.ts'
import type { Attempt, LastReply } from '../words/outcome.ts'
import { monotonicMs, type Clock, type Millis } from '../time/clock.ts'
import type { DialogueStep } from './client/transaction.ts'

/** An attempt that names its recipients by their places among those of the mail. */
export type HostAttempt = Omit<Attempt, 'recipients'> & {
  recipients: readonly number[]
  /** How much of its duration it took to open the connection; 0 where one was open. */
  connectMs: number
}

/** What happened at one host. */
export interface Visit {
  startedAt: Millis
  durationMs: number
  connectMs: number
  host: string
  address: string
  tls: string | null
  /** The recipients that the host was asked about, by their places among those of the mail. */
  recipients: readonly number[]
  /** What this host said of them; where it said something else of each, what was said of the first that it didn't take. */
  reply: Pick<LastReply, 'code' | 'enhanced' | 'text'>
  exchanges: readonly DialogueStep[]
  /** Why it ended before its end, or what was odd about it; null where nothing was. */
  trouble: string | null
}

/** Measures a visit. */
export interface VisitClock {
  /** To be called once the connection is there, where one had to be opened. */
  connected(): void
  ended(): Pick<Visit, 'startedAt' | 'durationMs' | 'connectMs'>
}

export function beginVisit(clock: Clock): VisitClock {
  const startedAt = clock.now()
  const startedMs = monotonicMs()
  const passedMs = (): number => Math.round(monotonicMs() - startedMs)
  let connectMs = 0
  return {
    connected: () => (connectMs = passedMs()),
    ended: () => ({ startedAt, durationMs: passedMs(), connectMs }),
  }
}

const longest = 4096
const longestLine = 300

/** The visit as it is kept. */
export function attemptOf(visit: Visit): HostAttempt {
  const { startedAt, durationMs, connectMs, host, address, tls, recipients, reply } = visit
  const { code, enhanced, text } = reply
  const dialogue = dialogueOf(visit)
  const said = { code, enhanced, text, dialogue, recipients }
  return { startedAt, durationMs, connectMs, host, address, tls, ...said }
}

/** The record of a visit for people to read, null where all went well. Bounded; no message content. */
function dialogueOf(visit: Visit): string | null {
  if (visit.trouble === null && visit.exchanges.every(isClean)) return null
  const end = visit.trouble === null ? '' : `-- ${visit.trouble.slice(0, longestLine)}\n`
  let text = ''
  for (const line of linesOf(visit)) {
    if (text.length + line.length > longest) return `${text}…\n${end}`
    text += `${line.slice(0, longestLine)}\n`
  }
  return `${text}${end}`
}

/** Also the reply to DATA is as it should be: 354. */
const isClean = ({ reply }: DialogueStep): boolean => reply !== null && reply.code < 400

function* linesOf({ host, address, tls, exchanges }: Visit): Generator<string> {
  yield `-- ${host} [${address}]${tls ? ` ${tls}` : ''}`
  for (const { said, reply } of exchanges) {
    yield `> ${said.trimEnd()}`
    if (reply) yield `< ${describeReply(reply)}`
  }
}
