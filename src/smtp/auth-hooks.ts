import { beginAuth, type Step } from './auth-exchange.ts'
import type { Connection } from './connection.ts'
import { goOn, hook, ok, refuse, refuseAndClose, type Verdict } from './hook.ts'
import * as replies from './replies.ts'
import type { Refusal } from '../mail/refusal.ts'

const maxFailedLogins = 3
/** Far beyond the longest queue for scrypt. */
const loginDeadlineMs = 60_000

/** RFC 4954 §3: offered where it can be used, which is under TLS (RFC 4954 §4). */
export const offerAuth = hook((connection) => {
  if (connection.tls.enabled) connection.capabilities?.push('AUTH PLAIN LOGIN')
  return goOn
})

/** AUTH, and the lines that answer its challenges. */
export const answerAuth = hook(
  (connection, params) => {
    const { session } = connection
    const [verb = '', text = ''] = params as [string?, string?]
    if (session.exchange) {
      const exchange = session.exchange
      session.exchange = null
      return take(connection, exchange(text), exchange)
    }
    if (verb !== 'AUTH') return goOn
    const refusal = mayNotAuth(connection)
    if (refusal) return refuse(refusal)
    const { exchange, step } = beginAuth(text)
    return take(connection, step, exchange)
  },
  { deadlineMs: loginDeadlineMs },
)

function mayNotAuth(connection: Connection): Refusal | null {
  if (!connection.hello.host || connection.hello.verb !== 'EHLO') return replies.helloFirst
  if (!connection.tls.enabled) return replies.encryptionRequired
  if (connection.session.submitter?.kind === 'account') return replies.loggedInAlready
  return connection.transaction ? replies.notDuringTransaction : null
}

function take(
  connection: Connection,
  step: Step,
  exchange: typeof connection.session.exchange,
): Verdict | Promise<Verdict> {
  switch (step.kind) {
    case 'end':
      return refuse(step.reply)
    case 'ask':
      connection.session.exchange = exchange
      connection.respond(334, step.challenge)
      return ok
    case 'credentials':
      return logIn(connection, step.name, step.password)
  }
}

async function logIn(connection: Connection, name: string, password: string): Promise<Verdict> {
  const { session, context } = connection
  const { ip: address } = connection.remote
  const login = await context.submission.logIn(name, password, address)
  if (login.kind === 'welcome') {
    session.submitter = { kind: 'account', id: login.account }
    connection.respond(235, replies.authSucceeded)
    return ok
  }
  session.failedLogins++
  await pause(context.patience.failedLoginDelayMs * session.failedLogins)
  const facts = { account: login.account, why: login.kind }
  if (session.failedLogins >= maxFailedLogins) {
    return refuseAndClose({ ...replies.tooManyFailedLogins, facts })
  }
  const refusal =
    login.kind === 'throttled' ? replies.loginsThrottled(login.forMs) : replies.authFailed
  return refuse({ ...refusal, facts })
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
