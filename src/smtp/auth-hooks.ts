import { parseAccountName } from '../words/account-name.ts'
import { refusalDelay } from '../accounts/logins.ts'
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
  const { session } = connection
  const login = (session.login = new AbortController())
  try {
    return await answerLogin(connection, { name, password }, login.signal)
  } finally {
    session.login = null
  }
}

async function answerLogin(
  connection: Connection,
  { name, password }: { name: string; password: string },
  gone: AbortSignal,
): Promise<Verdict> {
  const { session, context } = connection
  const { ip: address } = connection.remote
  const beganAt = context.now()
  const login = await context.submission.logIn(name, password, address, gone)
  // Nobody is there to answer
  if (gone.aborted) return ok
  if (login.kind === 'welcome') {
    session.submitter = { kind: 'account', id: login.account }
    connection.respond(235, replies.authSucceeded)
    return ok
  }
  session.failedLogins++
  const step = context.patience.failedLoginDelayMs
  await pause(refusalDelay(context.now() - beganAt, step, session.failedLogins), gone)
  const facts = { account: parseAccountName(name) ?? '', why: login.kind, ...faultOf(login) }
  if (session.failedLogins < maxFailedLogins) return refuse({ ...replyTo(login), facts })
  // Nothing says that the client had a wrong password
  const isBlameless = login.kind === 'unavailable'
  const goodbye = isBlameless
    ? { ...replies.loginUnavailable, code: 421 }
    : replies.tooManyFailedLogins
  return refuseAndClose({ ...goodbye, facts })
}

/** What kept the login from being checked: a refusal with a fault is logged as an error. */
const faultOf = (login: LoginResult): { fault?: string } =>
  login.kind === 'unavailable' ? { fault: String(login.fault) } : {}

function replyTo(login: Exclude<LoginResult, { kind: 'welcome' }>): Refusal {
  switch (login.kind) {
    case 'throttled':
      return replies.loginsThrottled(login.forMs)
    case 'unavailable':
      return replies.loginUnavailable
    case 'wrong':
    case 'demo':
    case 'gone':
      return replies.authFailed
  }
}

type LoginResult = Awaited<ReturnType<Connection['context']['submission']['logIn']>>

/** @param gone ends it */
const pause = (ms: number, gone: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(end, ms)
    gone.addEventListener('abort', end, { once: true })
  })
