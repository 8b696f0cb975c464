import type { Reply } from '../mail/reply.ts'
import type { Attempt, LastReply } from '../words/outcome.ts'
import type { Millis } from '../time/clock.ts'
import type { Exchange } from './client/transaction.ts'

/** What happened at one host. */
export interface Visit {
  startedAt: Millis
  durationMs: number
  host: string
  address: string
  tls: string | null
  exchanges: readonly Exchange[]
  /** Why it ended before its end; null where it didn't. */
  trouble: string | null
}

const longest = 4096
const longestLine = 300

/** An attempt for each host; the last one bears the reply that people will ask about. */
export const attemptsOf = (visits: readonly Visit[], last: LastReply | null): Attempt[] =>
  visits.map((visit, at) => {
    const { startedAt, durationMs, host, address, tls, trouble } = visit
    const deciding = at === visits.length - 1 ? last : null
    const heard = visit.exchanges.findLast(({ reply }) => reply !== null)?.reply
    const { code, enhanced, text } = deciding ?? {
      code: heard?.code ?? null,
      enhanced: heard?.enhanced ?? null,
      text: trouble ?? heard?.text ?? '',
    }
    const dialogue = dialogueOf(visit)
    return { startedAt, durationMs, host, address, tls, code, enhanced, text, dialogue }
  })

/** The record of a visit for people to read, null where all went well. Bounded; no message content. */
function dialogueOf(visit: Visit): string | null {
  if (visit.trouble === null && visit.exchanges.every(isClean)) return null
  let text = ''
  for (const line of linesOf(visit)) {
    if (text.length + line.length > longest) return `${text}…\n`
    text += `${line.slice(0, longestLine)}\n`
  }
  return text
}

/** Also the reply to DATA is as it should be: 354. */
const isClean = ({ reply }: Exchange): boolean => reply !== null && reply.code < 400

function* linesOf({ host, address, tls, exchanges, trouble }: Visit): Generator<string> {
  yield `-- ${host} [${address}]${tls ? ` ${tls}` : ''}`
  for (const { said, reply } of exchanges) {
    yield `> ${said.trimEnd()}`
    if (reply) yield `< ${describeReply(reply)}`
  }
  if (trouble) yield `-- ${trouble}`
}

export const describeReply = ({ code, enhanced, text }: Reply): string =>
  [String(code), enhanced, text].filter((part) => part !== null && part !== '').join(' ')
