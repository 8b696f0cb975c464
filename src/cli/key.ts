import { newApiKey } from '../accounts/api-key.ts'
import { scopes, type Scope } from '../accounts/scopes.ts'
import { askStore } from '../operations/ask-store.ts'
import type { StoreClient } from '../store/protocol/client.ts'
import type { PutApiKeyCommand } from '../store/protocol/commands.ts'
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
       sluice key revoke ID
scopes: ${scopes.join(', ')}; all of them when none is named`

const forms = { add: ['NAME'], list: [], revoke: ['ID'] } as const satisfies Forms
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
      return revoke(readId(what), io)
  }
})

function readId(text: string): string {
  if (/^[0-9a-f]{12}$/.test(text)) return text
  throw new Complaint(
    exitStatus.usage,
    `invalid key id "${text}": use the 12 hexadecimal digits that "sluice key list" shows\nusage: sluice key revoke ID`,
  )
}

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
  const { id, secret, secretHash } = newApiKey()
  await put({ kind: 'put-api-key', id, secretHash, scopes: allowed, name })
  if (json) printJson(io.out, { id, name, key: secret, scopes: allowed })
  else io.out.write(`${secret}\n`)
  return exitStatus.ok
}

/** All keys, revoked ones too; never a secret. */
async function list(io: Io, json: boolean): Promise<number> {
  const found = await withReader((reader) => reader.apiKeys())
  for (const { id, name, scopes: allowed, createdAt } of found) {
    const created = rfc3339(createdAt)
    if (json) printJson(io.out, { id, name, scopes: allowed, created_at: created })
    else io.out.write(`${id}  ${printable(name).padEnd(24)}  ${created}  ${allowed.join(' ')}\n`)
  }
  if (found.length === 0 && !json) io.out.write('There are no keys.\n')
  return exitStatus.ok
}

/** A revoked key stays in the list, since events name it. */
async function revoke(id: string, io: Io): Promise<number> {
  await put({ kind: 'put-api-key', id, secretHash: '', scopes: [], name: 'revoked' })
  io.out.write(`API key ${id} is revoked.\n`)
  return exitStatus.ok
}

const put = (command: PutApiKeyCommand): Promise<void> =>
  withStore(async (store: StoreClient) => {
    const answer = await askStore(store, command)
    if (answer.kind === 'unavailable') throw nothingChanged(answer.cause)
    if (answer.kind === 'refused') throw new Complaint(exitStatus.usage, 'the name is too long')
  })
