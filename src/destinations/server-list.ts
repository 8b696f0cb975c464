import { Resolver } from 'node:dns/promises'
import { monotonicMs, type Millis } from '../time/clock.ts'
import { isMalformed, isRefusal, NameServer, type DnsAnswer, type Question } from './name-server.ts'

export interface QuestionTimes {
  /** For the first try of a question to one server; another server is asked beside it after that. */
  timeout: Millis
  tries: number
  maxTimeout: Millis
}

/** A question to one server. */
interface UnderWay<R> {
  server: NameServer
  asked: Promise<DnsAnswer<R>>
}

/**
 * Some DNS servers. The first one is asked; where it says that it can't answer, or nothing for a while, all others are, at once,
 * and the first answer counts: c-ares takes SERVFAIL for the last word, and waits for one silent server after the other. One
 * that fails again and again where another answers rests, so that a question costs no more than it has to: a sick server is
 * not made worse, and nobody waits for a silent one.
 */
export class ServerList {
  readonly names: readonly string[]
  readonly #servers: readonly NameServer[]
  readonly #silenceMs: Millis
  readonly #now: () => Millis

  /** @param names Of none at all, the one that c-ares knows is asked. */
  constructor(names: readonly string[], times: QuestionTimes, now: () => Millis = monotonicMs) {
    this.names = names
    this.#silenceMs = times.timeout
    this.#now = now
    const servers = names.map((name) => new NameServer(() => resolverOf(name, times)))
    this.#servers = servers.length > 0 ? servers : [new NameServer(() => resolverOf(null, times))]
  }

  /** The first answer that is one. */
  async ask<R>(question: Question<R>, isOver: () => boolean): Promise<DnsAnswer<R>> {
    const { first, others, resting } = this.#inTurn()
    const asked = first.ask(question, isOver)
    const soon = this.#servers.length > 1 ? await unlessSilent(asked, this.#silenceMs) : await asked
    if (soon && soon.kind !== 'failed') {
      first.worked()
      return soon
    }
    // A server that rests is no better than one that speaks, and better than nothing
    const next = others.length > 0 || isRefusal(soon) ? others : resting
    if (next.length === 0 || isOver()) return soon ?? asked
    const askNext = (server: NameServer): Promise<DnsAnswer<R>> =>
      isMalformed(soon) ? server.askAlone(question) : server.ask(question, isOver)
    const further = next.map((server) => ({ server, asked: askNext(server) }))
    return this.#firstOf([{ server: first, asked }, ...further])
  }

  cancel(): void {
    for (const server of this.#servers) server.cancel()
  }

  #inTurn(): { first: NameServer; others: NameServer[]; resting: NameServer[] } {
    const now = this.#now()
    const awake = this.#servers.filter((server) => server.takesTurn(now))
    const [first, ...others] = awake.length > 0 ? awake : this.#servers
    if (!first) throw new Error('there is always a server')
    const resting = awake.length > 0 ? this.#servers.filter((one) => !awake.includes(one)) : []
    return { first, others, resting }
  }

  async #firstOf<R>(underWay: readonly UnderWay<R>[]): Promise<DnsAnswer<R>> {
    const { server, asked } = await firstAnswer(underWay)
    server?.worked()
    const [first] = underWay
    if (server && first && server !== first.server) first.server.failed(this.#now())
    return asked
  }
}

function resolverOf(name: string | null, times: QuestionTimes): Resolver {
  const resolver = new Resolver({ ...times })
  if (name !== null) resolver.setServers([name])
  return resolver
}

/** null: nothing has come for so long. */
async function unlessSilent<T>(coming: Promise<T>, ms: Millis): Promise<T | null> {
  const silence = Promise.withResolvers<null>()
  const timer = setTimeout(() => silence.resolve(null), ms)
  try {
    return await Promise.race([coming, silence.promise])
  } finally {
    clearTimeout(timer)
  }
}

interface Answered<R> {
  /** null: none answered. */
  server: NameServer | null
  asked: DnsAnswer<R>
}

/** Where none answers, what the first one says that says anything. */
function firstAnswer<R>(underWay: readonly UnderWay<R>[]): Promise<Answered<R>> {
  const answer = Promise.withResolvers<Answered<R>>()
  const failing = underWay.map(async ({ server, asked: coming }) => {
    const asked = await coming
    if (asked.kind !== 'failed') answer.resolve({ server, asked })
    return asked
  })
  void Promise.all(failing).then((all) => {
    const asked = all.find(isRefusal) ?? all[0] ?? { kind: 'failed', why: 'no server' }
    answer.resolve({ server: null, asked })
  })
  return answer.promise
}
