import type { Reply } from '../mail/reply.ts'
import type { Exchange } from './client/transaction.ts'

/** What happened at one host. */
export interface Visit {
  host: string
  address: string
  tls: string | null
  exchanges: readonly Exchange[]
  /** Why it ended before its end; null where it didn't. */
  trouble: string | null
}

const longest = 4096
const longestLine = 300

/** The record of a try for people to read, null where all went well at the first host. Bounded; no message content. */
export function dialogueOf(visits: readonly Visit[]): string | null {
  const [only] = visits
  if (visits.length === 1 && only?.trouble === null && only.exchanges.every(isClean)) return null
  let text = ''
  for (const line of linesOf(visits)) {
    if (text.length + line.length > longest) return `${text}…\n`
    text += `${line.slice(0, longestLine)}\n`
  }
  return text
}

/** Also the reply to DATA is as it should be: 354. */
const isClean = ({ reply }: Exchange): boolean => reply !== null && reply.code < 400

function* linesOf(visits: readonly Visit[]): Generator<string> {
  for (const { host, address, tls, exchanges, trouble } of visits) {
    yield `-- ${host} [${address}]${tls ? ` ${tls}` : ''}`
    for (const { said, reply } of exchanges) {
      yield `> ${said.trimEnd()}`
      if (reply) yield `< ${describeReply(reply)}`
    }
    if (trouble) yield `-- ${trouble}`
  }
}

export const describeReply = ({ code, enhanced, text }: Reply): string =>
  [String(code), enhanced, text].filter((part) => part !== null && part !== '').join(' ')
