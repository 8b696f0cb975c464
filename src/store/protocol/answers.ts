/**
 * What the store answers. Each command has its own answer (`AnswerTo`), and one of three kinds of "no", which are never
 * mixed: `refused` for a reason that is known and closed, `unavailable` for now, `fault` for a bug. After each of them
 * nothing of the command was kept. No decision reads a text: `fault` is for the log.
 */
import type { Millis } from '../../time/clock.ts'
import type { MessageKey, RecipientKey } from '../../words/keys.ts'
import type { KeyRights } from '../../words/key-rights.ts'
import type { Party } from '../../words/party.ts'
import type { Command, SessionNumber } from './commands.ts'
import type { RestingLane } from './blockers.ts'
import type { KeptGroups } from './groups.ts'
import type { OpenTotals } from './views.ts'

interface Done {
  kind: 'ok'
}

export interface OperateAnswer {
  kind: 'operated'
  messages: number
  recipients: number
  /** How many of the matching ones were in flight: this try of theirs ends as it ends. */
  inFlight: number
  /** Retry and release, where there are any: how many go on being held, by holds that this did not lift. */
  stillHeld?: number
  /** Reopen, where there are any: how many more match, but have no content any more, and were left alone. */
  contentGone?: number
  /** Somebody stopped it, or lifted the hold that it put, before it was through. */
  stopped?: true
}

/** It goes on after its first slice. */
interface BegunAnswer {
  kind: 'begun'
  /** Its outside id. */
  id: string
}

interface InFlightAnswer {
  kind: 'in-flight'
  recipients: readonly RecipientKey[]
  /** How many open recipients are under a hold. */
  held: number
  /** false: free space is short, an accept would be refused. */
  takesMail: boolean
  /** false: nothing new is sent and operations wait, as free space is short and a log that can't be moved keeps it so. */
  sendsMail: boolean
  /** How many slices of operations were begun since the start: while it grows, they go on. */
  slices: number
  /** null: the clock is steady. */
  clockJump: ClockJump | null
  /** Why Redis can't be used, so that nothing is sent; null: it can. */
  redisTrouble: string | null
}

/** A jump of the machine's clock that nobody has accepted yet. */
export interface ClockJump {
  /** How far it is ahead of the time that the relay acts on; negative: behind. */
  byMs: number
  /** After this long it is accepted by itself, if the clock is steady. */
  acceptedInMs: number
}

/** What a command that was carried out is answered, where that is more than `ok`. */
interface Carried {
  chunk: { kind: 'chunk'; upload: number }
  accept: { kind: 'accepted'; message: MessageKey }
  start: { kind: 'started'; recipients: readonly RecipientKey[] }
  operate: OperateAnswer | BegunAnswer
  'put-hold': OperateAnswer | BegunAnswer
  'lift-hold': OperateAnswer | BegunAnswer
  'revoke-api-key': { kind: 'revoked'; id: string; name: string }
  /** `unfinished`: destinations that have to be placed again, as so much waits at them or at those before them. */
  place: { kind: 'placed'; unfinished: readonly string[] }
  follow: { kind: 'followed'; session: SessionNumber }
  'accept-clock': { kind: 'accepted-clock'; byMs: number }
  'in-flight': InFlightAnswer
  rests: { kind: 'rests'; resting: readonly RestingLane[] }
  'open-totals': { kind: 'open-totals'; totals: OpenTotals }
  'open-groups': { kind: 'open-groups'; kept: KeptGroups }
}

interface OverLimit {
  reason: 'over limit'
  /** The name of the limit. */
  limit: string
  allowed: number
  used: number
  /** null: at no time, until the limit is raised. */
  roomAt: Millis | null
}

interface Because<Reason extends string> {
  reason: Reason
}

type CarriedFor<K extends Command['kind']> = K extends keyof Carried ? Carried[K] : Done

/** `heldBy`: the other parties that have a standing hold of this scope and value. */
interface NoSuchHold extends Because<'no such hold'> {
  heldBy: readonly Party[]
}

/** `right`: by which the key is above that of who asks. */
interface AboveOwn extends Because<'above own rights'> {
  right: keyof KeyRights
}

/** Why a command can be refused, where it can; none of it passes by itself. */
interface Reasons {
  chunk: Because<'unknown upload'>
  accept: OverLimit | Because<'unknown upload' | 'recipient count'>
  start: Because<'session not open'>
  unstart: Because<'session not open'>
  settle: Because<'session not open' | 'unknown message' | 'recipient of another message'>
  operate: Because<'malformed filter'>
  'stop-operation': Because<'no such operation' | 'operation of another party' | 'operation ended'>
  'lift-hold': NoSuchHold
  'put-account': Because<'account exists' | 'no such account' | 'no password'>
  'remove-account': Because<'no such account'>
  'put-api-key': AboveOwn
  'revoke-api-key': AboveOwn | Because<'no such key' | 'revoked before' | 'several keys'>
  follow: Because<'session not open'>
  blockers: Because<'session not open'>
  'accept-clock': Because<'no jump'>
}

/** `too large`: the client's own word on a command that fits into no frame; it never left. */
type RefusedFor<K extends Command['kind']> = { kind: 'refused' } & (
  (K extends keyof Reasons ? Reasons[K] : never) | Because<'too large'>
)

/** Again later. `store away`: it never left the client. */
export interface Unavailable {
  kind: 'unavailable'
  cause: 'disk full' | 'deadline' | 'store away'
}

/** A bug, ours or of who sent the command: for a log, and for nobody to decide by. */
export interface Fault {
  kind: 'fault'
  fault: string
}

type ByKind = {
  [K in Command['kind']]: CarriedFor<K> | RefusedFor<K> | Unavailable | Fault
}

/** What can be answered to a command. */
export type AnswerTo<C extends Command> = C extends Command ? ByKind[C['kind']] : never
export type Answer = AnswerTo<Command>

/** Whether nothing of the command was kept. */
export const isNo = (answer: Answer): boolean =>
  answer.kind === 'refused' || answer.kind === 'unavailable' || answer.kind === 'fault'

/** Whether there is no room on the disk for it now. */
export const isDiskFull = (answer: Answer): boolean =>
  answer.kind === 'unavailable' && answer.cause === 'disk full'
