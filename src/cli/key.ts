import { firstRunKeyName, newApiKey } from '../accounts/api-key.ts'
import { scopes, type Scope } from '../accounts/scopes.ts'
import { askStore } from '../operations/ask-store.ts'
import type { StoreClient } from '../store/protocol/client.ts'
import type { AnswerTo } from '../store/protocol/answers.ts'
import type { PutApiKeyCommand, RevokeApiKeyCommand } from '../store/protocol/account-commands.ts'
import { rfc3339 } from '../time/clock.ts'
import { Complaint, complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { readForm, type Forms } from './forms.ts'
import type { Io } from './io.ts'
import { printable, printJson } from './print.ts'
import { nothingChanged, withStore } from './store-connection.ts'
import { withReader } from './store-reader.ts'

export const usage = `usage: sluice key add NAME [--scope S[,S]] [--json]
       sluice key list [--json]
       sluice key revoke ID|NAME
scopes: ${scopes.join(', ')}; all of them when none is named`

const forms = { add: ['NAME'], list: [], revoke: ['ID|NAME'] } as const satisfies Forms
const options = { scope: { type: 'string', multiple: true }, json: { type: 'boolean' } } as const

/** `sluice key`: keys for the API. A key is shown once, when it is made; its id is its middle part. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  const { word, values: given } = readForm('key', forms, positionals, usage)
  const [what = ''] = given
  switch (word) {
    case 'list':
      return list(io, values.json ?? false)
    case 'add':
      return add(what, readScopes(values.scope), values.json ?? false, io)
    case 'revoke':
      return revoke(what, io)
  }
})

function readScopes(flags: readonly string[] | undefined): readonly Scope[] {
  if (flags === undefined) return scopes
  return flags
    .flatMap((flag) => flag.split(','))
    .map((text) => {
      const scope = scopes.find((each) => each === text)
      if (scope === undefined) {
        throw new Complaint(exitStatus.usage, `unknown scope "${text}"\n${usage}`)
      }
      return scope
    })
}

async function add(
  name: string,
  allowed: readonly Scope[],
  json: boolean,
  io: Io,
): Promise<number> {
  if (name === firstRunKeyName) {
    throw new Complaint(
      exitStatus.usage,
      `"${name}" is the name of the key that a first start makes; choose another one`,
    )
  }
  const { id, secret, secretHash } = newApiKey()
  await put(io, { kind: 'put-api-key', id, secretHash, scopes: allowed, name })
  if (json) printJson(io.out, { id, name, key: secret, scopes: allowed })
  else io.out.write(`${secret}\n`)
  return exitStatus.ok
}

/** All keys, revoked ones too; never a secret. */
async function list(io: Io, json: boolean): Promise<number> {
  const found = await withReader(io, (reader) => reader.apiKeys())
  if (found.length > 0 && !json) io.out.write(row('ID', 'NAME', 'CREATED', 'SCOPES'))
  for (const { id, name, scopes: allowed, revoked, createdAt } of found) {
    const created = rfc3339(createdAt)
    if (json) {
      const isRevoked = revoked ? { revoked } : {}
      printJson(io.out, { id, name, scopes: allowed, created_at: created, ...isRevoked })
    } else io.out.write(row(id, printable(name), created, revoked ? 'revoked' : allowed.join(' ')))
  }
  if (found.length === 0 && !json) io.out.write('There are no keys.\n')
  return exitStatus.ok
}

const row = (id: string, name: string, created: string, scopesOfKey: string): string =>
  `${id.padEnd(12)}  ${name.padEnd(24)}  ${created.padEnd(24)}  ${scopesOfKey}\n`

/** A revoked key stays in the list, since events name it. */
async function revoke(key: string, io: Io): Promise<number> {
  const answer = await withStore(io, (store) => askStore(store, { kind: 'revoke-api-key', key }))
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
}

const put = (io: Io, command: PutApiKeyCommand): Promise<void> =>
  withStore(io, async (store: StoreClient) => {
    const answer = await askStore(store, command)
    if (answer.kind === 'unavailable') throw nothingChanged(answer.cause)
    if (answer.kind === 'refused') throw new Complaint(exitStatus.usage, 'the name is too long')
  })
