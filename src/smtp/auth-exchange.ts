import type { Refusal } from '../mail/refusal.ts'
import { parseAccountName } from '../words/account-name.ts'
import { authCancelled, authFailed, authMalformed, unknownMechanism } from './replies.ts'

/** What an exchange comes to with a client's line: a question back, a name and a password, or an end. */
export type Step =
  | { kind: 'ask'; challenge: string }
  | { kind: 'credentials'; name: string; password: string }
  | { kind: 'end'; reply: Refusal }

/** A SASL exchange under way (RFC 4954 §4): takes the client's next line. */
export type AuthExchange = (line: string) => Step

/** What LOGIN asks for, in base64: the words that clients expect. */
const askName = Buffer.from('Username:').toString('base64')
const askPassword = Buffer.from('Password:').toString('base64')

const cancel = '*'

/** RFC 4616 §2: authzid NUL authcid NUL passwd. Whoever logs in acts for himself only. */
const plain: AuthExchange = (line) => {
  const response = decode(line)
  if (response === null) return end(line)
  const [authorizeAs, name, password, ...more] = response.split('\0')
  if (authorizeAs === undefined || !name || !password || more.length > 0) return malformed
  if (!isOneself(authorizeAs, name)) return { kind: 'end', reply: authFailed }
  return { kind: 'credentials', name, password }
}

/** An account's name has no case, so neither has an authzid that repeats it. */
const isOneself = (authorizeAs: string, name: string): boolean => {
  const account = parseAccountName(authorizeAs)
  return (
    authorizeAs === '' ||
    authorizeAs === name ||
    (account !== null && account === parseAccountName(name))
  )
}

/** draft-murchison-sasl-login: a name, then a password. */
const login = (): AuthExchange => {
  let name: string | null = null
  return (line) => {
    const response = decode(line)
    if (response === null) return end(line)
    if (response === '') return malformed
    if (name !== null) return { kind: 'credentials', name, password: response }
    name = response
    return { kind: 'ask', challenge: askPassword }
  }
}

const malformed: Step = { kind: 'end', reply: authMalformed }
const end = (line: string): Step =>
  line === cancel ? { kind: 'end', reply: authCancelled } : malformed

/** Strict base64 (RFC 4648 §3.5) of UTF-8 without a lost character; null for anything else. */
function decode(line: string): string | null {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(line)) return null
  const text = Buffer.from(line, 'base64').toString('utf8')
  return text.includes('\u{fffd}') ? null : text
}

/** Begins with what follows `AUTH `: a mechanism, maybe an initial response (`=` is an empty one). */
export function beginAuth(rest: string): { exchange: AuthExchange; step: Step } {
  const [mechanism = '', initial, ...more] = rest.trim().split(/ +/)
  const exchange = mechanism.toUpperCase() === 'PLAIN' ? plain : login()
  const first = mechanism.toUpperCase() === 'PLAIN' ? '' : askName
  if (more.length > 0) return { exchange, step: malformed }
  if (!['PLAIN', 'LOGIN'].includes(mechanism.toUpperCase())) {
    return { exchange, step: { kind: 'end', reply: unknownMechanism } }
  }
  if (initial === undefined) return { exchange, step: { kind: 'ask', challenge: first } }
  return { exchange, step: exchange(initial === '=' ? '' : initial) }
}
