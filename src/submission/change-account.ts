import { randomBytes } from 'node:crypto'
import { demoAccount, parseAccountName } from '../words/account-name.ts'
import { hashPassword } from '../accounts/password.ts'
import type { AnswerTo, Fault, Unavailable } from '../store/protocol/answers.ts'
import type { PutAccountCommand, RemoveAccountCommand } from '../store/protocol/account-commands.ts'
import type { StorePort } from './store-port.ts'

/** `password`: one that was made up here; nobody can see it again. */
export type AccountChange =
  | { kind: 'done'; name: string; password: string | null }
  | { kind: 'refused'; why: AccountError }
  | Unavailable
  | Fault

export type AccountError =
  'bad-name' | 'reserved' | 'bad-password' | 'account exists' | 'no such account'

type Store = Pick<StorePort, 'send'>

const shortestPassword = 8
const longestPassword = 1024

/** Adds a login. Without a password one is made up. `dailyRecipients` null is the relay's own limit. */
export async function addAccount(
  store: Store,
  given: string,
  options: { password: string | null; dailyRecipients: number | 'none' | null },
): Promise<AccountChange> {
  const name = parseAccountName(given)
  // A first start makes it, and it is no login anywhere but on loopback.
  if (name === demoAccount) return { kind: 'refused', why: 'reserved' }
  const { dailyRecipients } = options
  return putPassword(store, name, options.password, { create: true, dailyRecipients })
}

/** Gives a login another password, which counts at once. */
export const changePassword = (
  store: Store,
  given: string,
  password: string | null,
): Promise<AccountChange> =>
  putPassword(store, parseAccountName(given), password, { create: false })

/** Gives a login another limit; null is the relay's own. */
export async function changeLimit(
  store: Store,
  given: string,
  dailyRecipients: number | 'none' | null,
): Promise<AccountChange> {
  const name = parseAccountName(given)
  if (name === null) return { kind: 'refused', why: 'bad-name' }
  return put(store, {
    kind: 'put-account',
    name,
    passwordHash: null,
    dailyRecipients,
    create: false,
  })
}

/** Takes a login away. Sessions that are open can't begin another message; what is queued goes on. */
export async function removeAccount(store: Store, given: string): Promise<AccountChange> {
  const name = parseAccountName(given)
  if (name === null) return { kind: 'refused', why: 'bad-name' }
  const answer = await store.send({ kind: 'remove-account', name })
  return answer.kind === 'ok' ? done(name) : whyNot(answer)
}

async function putPassword(
  store: Store,
  name: string | null,
  given: string | null,
  rest: Pick<PutAccountCommand, 'create' | 'dailyRecipients'>,
): Promise<AccountChange> {
  if (name === null) return { kind: 'refused', why: 'bad-name' }
  const password = given ?? randomBytes(18).toString('base64url')
  if (password.length < shortestPassword || password.length > longestPassword) {
    return { kind: 'refused', why: 'bad-password' }
  }
  const passwordHash = await hashPassword(password)
  const change = await put(store, { kind: 'put-account', name, passwordHash, ...rest })
  return change.kind === 'done' && given === null ? { ...change, password } : change
}

async function put(store: Store, command: PutAccountCommand): Promise<AccountChange> {
  const answer = await store.send(command)
  return answer.kind === 'ok' ? done(command.name) : whyNot(answer)
}

type No = Exclude<AnswerTo<PutAccountCommand | RemoveAccountCommand>, { kind: 'ok' }>

function whyNot(no: No): AccountChange {
  if (no.kind !== 'refused') return no
  switch (no.reason) {
    case 'account exists':
    case 'no such account':
      return { kind: 'refused', why: no.reason }
    case 'no password':
    case 'too large':
      return { kind: 'refused', why: 'bad-password' }
  }
}

const done = (name: string): AccountChange => ({ kind: 'done', name, password: null })
