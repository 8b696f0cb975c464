import { firstRunKeyName } from '../accounts/api-key.ts'
import { scopes, type Scope } from '../accounts/scopes.ts'
import {
  listApiKeys,
  makeApiKey,
  readWantedKey,
  revokeApiKey,
  type ApiKeyResource,
} from '../operations/api-keys.ts'
import type { AnswerTo } from '../store/protocol/answers.ts'
import type { RevokeApiKeyCommand } from '../store/protocol/account-commands.ts'
import { systemClock } from '../time/clock.ts'
import { parseDuration } from '../time/duration.ts'
import { roles, type Role } from '../words/role.ts'
import { Complaint, complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { readForm, wrongUsage, type Forms } from './forms.ts'
import type { Io } from './io.ts'
import { printable, printJson } from './print.ts'
import { nothingChanged, withStore } from './store-connection.ts'
import { withReader } from './store-reader.ts'

export const usage = `usage: sluice key add NAME [options]
       sluice key list [--json]
       sluice key revoke ID|NAME
options of add:
  --role ROLE     ${roles.join(', ')}; default customer. A reader changes nothing
                  and reads no content; an operator holds and purges as operator
  --scope S[,S]   less than the role may have
  --network N     only from this address or network (CIDR); more than once for several
  --account NAME  only the mail of this login; more than once for several
  --for AGE       how long it opens something, such as 90d; default: until it is revoked
  --json          print JSON
scopes: ${scopes.join(', ')}`

const forms = { add: ['NAME'], list: [], revoke: ['ID|NAME'] } as const satisfies Forms
const options = {
  role: { type: 'string' },
  scope: { type: 'string', multiple: true },
  network: { type: 'string', multiple: true },
  account: { type: 'string', multiple: true },
  for: { type: 'string' },
  json: { type: 'boolean' },
} as const

interface Flags {
  role?: string | undefined
  scope?: string[] | undefined
  network?: string[] | undefined
  account?: string[] | undefined
  for?: string | undefined
  json?: boolean | undefined
}

/** `sluice key`: keys for the API. A key is shown once, when it is made; its id is its middle part. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  const { word, values: given } = readForm('key', forms, positionals, usage)
  const [what = ''] = given
  switch (word) {
    case 'list':
      return list(io, values.json ?? false)
    case 'add':
      return add(what, values, io)
    case 'revoke':
      return revoke(what, io)
  }
})

function readScopes(flags: readonly string[] | undefined): readonly Scope[] | undefined {
  return flags
    ?.flatMap((flag) => flag.split(','))
    .map((text) => {
      const scope = scopes.find((each) => each === text)
      if (scope === undefined) throw wrongUsage(`unknown scope "${text}"`, usage)
      return scope
    })
}

function readRole(text: string | undefined): Role | undefined {
  if (text === undefined) return undefined
  const role = roles.find((each) => each === text)
  if (role === undefined) throw wrongUsage(`unknown role "${text}"`, usage)
  return role
}

function readEnd(text: string | undefined, now: number): number | null {
  if (text === undefined) return null
  const age = parseDuration(text)
  if (age === undefined) throw wrongUsage(`--for "${text}": write an age like 12h or 90d`, usage)
  return now + age
}

const flagOfField = {
  name: 'NAME',
  scopes: '--scope',
  networks: '--network',
  accounts: '--account',
  expires_at: '--for',
}

async function add(name: string, flags: Flags, io: Io): Promise<number> {
  if (name === firstRunKeyName) {
    throw new Complaint(
      exitStatus.usage,
      `"${name}" is the name of the key that a first start makes; choose another one`,
    )
  }
  const now = systemClock.now()
  const [role, allowed, expiresAt] = [
    readRole(flags.role),
    readScopes(flags.scope),
    readEnd(flags.for, now),
  ]
  const wanted = {
    name,
    role,
    scopes: allowed,
    networks: flags.network,
    accounts: flags.account,
    expiresAt,
  }
  const rights = readWantedKey(wanted, now)
  if ('problem' in rights) {
    throw wrongUsage(`${flagOfField[rights.field]}: ${rights.problem}`, usage)
  }
  const made = await withStore(io, (store) => makeApiKey({ store }, name, rights))
  if (made.kind === 'unavailable') throw nothingChanged(made.cause)
  // The operator's hand is bounded by no key
  if (made.kind === 'refused') throw new Complaint(exitStatus.usage, 'the name is too long')
  const { id, secret } = made
  if (flags.json) printJson(io.out, { id, name, key: secret, ...rights })
  else io.out.write(`${secret}\n`)
  return exitStatus.ok
}

/** All keys, revoked ones too; never a secret. */
async function list(io: Io, json: boolean): Promise<number> {
  const found = await withReader(io, (reader) => listApiKeys({ reader }))
  if (found.length > 0 && !json) io.out.write(heading)
  for (const key of found) {
    if (json) printJson(io.out, key)
    else io.out.write(row(key))
  }
  if (found.length === 0 && !json) io.out.write('There are no keys.\n')
  return exitStatus.ok
}

const columns = (...texts: readonly string[]): string =>
  `${texts
    .map((text, at) => text.padEnd(widths[at] ?? 0))
    .join('  ')
    .trimEnd()}\n`
const widths = [12, 24, 9, 20, 20]

const heading = columns('ID', 'NAME', 'ROLE', 'CREATED', 'LAST USED', 'OPENS')

const row = (key: ApiKeyResource): string =>
  columns(
    key.id,
    printable(key.name),
    key.role,
    shortTime(key.created_at),
    key.last_used_at === null ? 'never' : shortTime(key.last_used_at),
    opens(key),
  )

const shortTime = (at: string): string => at.replace(/\.\d+Z$/, 'Z')

function opens(key: ApiKeyResource): string {
  const { revoked, scopes: allowed, networks, accounts, expires_at: end } = key
  if (revoked) return 'revoked'
  const whose = accounts === null ? '' : `; mail of ${accounts.join(', ')}`
  const from = networks === null ? '' : `; from ${networks.join(', ')}`
  const until = end === null ? '' : `; until ${shortTime(end)}`
  return `${allowed.join(' ')}${whose}${from}${until}`
}

/** A revoked key stays in the list, since events name it. */
async function revoke(key: string, io: Io): Promise<number> {
  const answer = await withStore(io, (store) => revokeApiKey({ store }, key))
  if (answer.kind === 'unavailable') throw nothingChanged(answer.cause)
  if (answer.kind === 'refused') {
    throw new Complaint(exitStatus.no, `"${printable(key)}" ${whyNotRevoked[answer.reason]}`)
  }
  io.out.write(`API key ${answer.id} (${printable(answer.name)}) is revoked.\n`)
  return exitStatus.ok
}

type NotRevoked = Extract<AnswerTo<RevokeApiKeyCommand>, { kind: 'refused' }>['reason']

const whyNotRevoked: Readonly<Record<NotRevoked, string>> = {
  'no such key': 'is neither the id nor the name of a key; see: sluice key list',
  'revoked before': 'was revoked before',
  'several keys': 'is the name of several keys; revoke each by its id, see: sluice key list',
  'too large': 'is too long for a name',
  'above own rights': 'is above your rights',
}
