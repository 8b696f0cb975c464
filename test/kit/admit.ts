import { randomBytes } from 'node:crypto'
import { newApiKey } from '../../src/accounts/api-key.ts'
import { scopes as allScopes } from '../../src/accounts/scopes.ts'
import { hashPassword } from '../../src/accounts/password.ts'
import { dataPaths } from '../../src/config/paths.ts'
import { StoreClient } from '../../src/store/protocol/client.ts'
import type { PutAccountCommand } from '../../src/store/protocol/account-commands.ts'
import { keyRights } from './key-rights.ts'
import type { Role } from '../../src/words/role.ts'
import type { Login } from './smtp-conversation.ts'

export interface Admission {
  login: Login
  key: string
  /** Of a key with the role operator. */
  operatorKey: string
}

/** A login and a key of the test's own: those of a first start can do nothing where mail is really sent. */
export const admit = async (dataDir: string): Promise<Admission> => ({
  login: await addAccount(dataDir, 'tester', 'none'),
  key: await addApiKey(dataDir),
  operatorKey: await addApiKey(dataDir, allScopes, 'operator'),
})

/** A new account; its limit is the relay's unless given. */
export async function addAccount(
  dataDir: string,
  account: string,
  limit: NonNullable<PutAccountCommand['dailyRecipients']> | null = null,
): Promise<Login> {
  const password = randomBytes(12).toString('base64url')
  await say(dataDir, {
    kind: 'put-account',
    name: account,
    passwordHash: await hashPassword(password),
    dailyRecipients: limit,
    create: true,
  })
  return { account, password }
}

/** A new API key, with all scopes unless given. */
export async function addApiKey(
  dataDir: string,
  scopes: readonly string[] = allScopes,
  role: Role = 'customer',
): Promise<string> {
  const { id, secret, secretHash } = newApiKey()
  await say(dataDir, {
    kind: 'put-api-key',
    id,
    secretHash,
    name: 'test',
    rights: { ...keyRights(...scopes), role },
  })
  return secret
}

async function say(dataDir: string, command: Parameters<StoreClient['send']>[0]): Promise<void> {
  const client = new StoreClient({
    socketPath: dataPaths(dataDir).storeSocket,
    principal: { kind: 'process', id: 'api' },
  })
  try {
    await client.whenConnected()
    const answer = await client.send(command)
    if (answer.kind !== 'ok') throw new Error(`${command.kind}: ${JSON.stringify(answer)}`)
  } finally {
    client.close()
  }
}
