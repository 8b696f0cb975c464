/** API keys as the API and the terminal show them, and what can be asked for them. */
import { Type, type Static } from 'typebox'
import { newApiKey } from '../accounts/api-key.ts'
import { scopes, scopesOf, scopeWords, type Scope } from '../accounts/scopes.ts'
import { parseNetwork } from '../config/network.ts'
import type { AnswerTo, Fault, Unavailable } from '../store/protocol/answers.ts'
import type { PutApiKeyCommand, RevokeApiKeyCommand } from '../store/protocol/account-commands.ts'
import type { ApiKeyView } from '../store/protocol/access-views.ts'
import { rfc3339, type Millis } from '../time/clock.ts'
import { parseAccountName } from '../words/account-name.ts'
import type { KeyRights } from '../words/key-rights.ts'
import { roles, type Role } from '../words/role.ts'
import { askStore } from './ask-store.ts'
import { Nullable, timeOrNull, Timestamp } from './fields.ts'
import type { StoreAccess } from './store-access.ts'

const closed = { additionalProperties: false }

const RoleSchema = Type.Enum([...roles], {
  type: 'string',
  description:
    '`operator`: of those who keep the host, holds and purges as operator; `customer`: of those whose mail it is; `reader`: changes nothing and reads no content',
})

const ScopeSchema = Type.Enum([...scopes], {
  type: 'string',
  description: scopes.map((scope) => `\`${scope}\`: ${scopeWords[scope]}`).join('; '),
})

/** What a key may do, as it is asked for and shown. */
export const rightsFields = {
  role: RoleSchema,
  scopes: Type.Array(ScopeSchema),
  networks: Nullable(
    Type.Array(Type.String(), {
      description: 'Addresses and networks (CIDR) that it may be used from; null: any',
    }),
  ),
  accounts: Nullable(
    Type.Array(Type.String(), {
      description: 'It sees and changes the mail of these logins only; null: all mail',
    }),
  ),
  expires_at: Nullable({ ...Timestamp, description: 'From then on it opens nothing; null: never' }),
}

export const ApiKeySchema = Type.Object(
  {
    id: Type.String({ description: 'The middle part of the key; it opens nothing by itself' }),
    name: Type.String(),
    ...rightsFields,
    scopes: Type.Array(Type.String()),
    created_at: Timestamp,
    made_by: Nullable(
      Type.String({ description: 'Who made it, as in events; null: not known any more' }),
    ),
    last_used_at: Nullable({ ...Timestamp, description: 'Some minutes old at most; null: never' }),
    revoked: Type.Boolean({ description: 'It opens nothing any more' }),
  },
  closed,
)
export type ApiKeyResource = Static<typeof ApiKeySchema>

const presentApiKey = (key: ApiKeyView): ApiKeyResource => ({
  id: key.id,
  name: key.name,
  role: key.role,
  scopes: [...key.scopes],
  networks: key.networks && [...key.networks],
  accounts: key.accounts && [...key.accounts],
  expires_at: timeOrNull(key.expiresAt),
  created_at: rfc3339(key.createdAt),
  made_by: key.madeBy,
  last_used_at: timeOrNull(key.lastUsedAt),
  revoked: key.revoked,
})

/** What is asked for; what is left out is the most that the role may have. */
export interface WantedKey {
  name: string
  role?: Role | undefined
  scopes?: readonly Scope[] | undefined
  networks?: readonly string[] | null | undefined
  accounts?: readonly string[] | null | undefined
  expiresAt?: Millis | null | undefined
}

/** What is wrong with a wish, by the field that it is about. */
export interface KeyProblem {
  field: 'name' | 'scopes' | 'accounts' | 'networks' | 'expires_at'
  problem: string
}

/** The rights that a wish comes to, or what is wrong with it. */
export function readWantedKey(wanted: WantedKey, now: Millis): KeyRights | KeyProblem {
  const { role = 'customer', expiresAt = null } = wanted
  const allowed = scopesOf[role]
  const asked = wanted.scopes ?? allowed
  const stray = asked.find((scope) => !allowed.includes(scope))
  if (stray !== undefined) {
    return { field: 'scopes', problem: `a key with the role ${role} can't have ${stray}` }
  }
  if (asked.length === 0) return { field: 'scopes', problem: 'name one scope at least' }
  const wrong = wanted.networks?.find((text) => parseNetwork(text) === null)
  if (wrong !== undefined) {
    const problem = `"${wrong}" is no network: write CIDR, such as 192.0.2.0/24`
    return { field: 'networks', problem }
  }
  const logins = wanted.accounts?.map((text) => parseAccountName(text)) ?? null
  if (logins && (logins.length === 0 || logins.includes(null))) {
    return { field: 'accounts', problem: 'name logins, one at least' }
  }
  if (expiresAt !== null && expiresAt <= now) {
    return { field: 'expires_at', problem: 'must be in the future' }
  }
  const networks = wanted.networks ? [...new Set(wanted.networks)] : null
  const accounts = logins && [...new Set(logins.filter((login) => login !== null))]
  return { role, scopes: [...new Set(asked)], accounts, networks, expiresAt }
}

type Outcome<C extends PutApiKeyCommand | RevokeApiKeyCommand> = Exclude<AnswerTo<C>, Fault>

/** Makes a key. Its secret is in this answer and nowhere else. */
export async function makeApiKey(
  { store }: Pick<StoreAccess, 'store'>,
  name: string,
  rights: KeyRights,
): Promise<
  | { kind: 'made'; id: string; secret: string }
  | Extract<Outcome<PutApiKeyCommand>, { kind: 'refused' }>
  | Unavailable
> {
  const { id, secret, secretHash } = newApiKey()
  const answer = await askStore(store, { kind: 'put-api-key', id, secretHash, name, rights })
  return answer.kind === 'ok' ? { kind: 'made', id, secret } : answer
}

/** Revokes a key by its id or its name. */
export const revokeApiKey = (
  { store }: Pick<StoreAccess, 'store'>,
  key: string,
): Promise<Outcome<RevokeApiKeyCommand>> => askStore(store, { kind: 'revoke-api-key', key })

/** Oldest first, revoked ones too; never a secret. */
export const listApiKeys = async ({
  reader,
}: Pick<StoreAccess, 'reader'>): Promise<ApiKeyResource[]> =>
  (await reader.apiKeys()).map(presentApiKey)
