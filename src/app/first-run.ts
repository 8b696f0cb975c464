import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { newApiKey } from '../accounts/api-key.ts'
import { hashPassword } from '../accounts/password.ts'
import type { Scope } from '../api/authorize.ts'
import type { DataPaths } from '../config/paths.ts'
import { StoreClient } from '../store/client.ts'
import type { Command } from '../store/commands.ts'
import { writePrivately } from './run-file.ts'

/** `<data_dir>/first-run.json`, all that a first start hands to its owner. */
interface FirstRun {
  submission: { account: string; password: string }
  api: { url: string; key: string }
}

const account = 'demo'
const scopes: Scope[] = [
  'queue:read',
  'queue:write',
  'queue:purge',
  'content:read',
  'events:read',
  'ledger:read',
]

/**
 * Sees to a login and an API key for a relay that stays on loopback: made through the running store at the first start,
 * only the address brought up to date later. The file is written last: a start that was cut off makes them anew.
 */
export async function ensureFirstRun(paths: DataPaths, apiUrl: string): Promise<void> {
  const known = readFirstRun(paths.firstRunFile)
  if (known?.api.url === apiUrl) return
  const api = known?.api
  const made = known && api ? { ...known, api: { ...api, url: apiUrl } } : await make(paths, apiUrl)
  writePrivately(paths.firstRunFile, made)
}

function readFirstRun(file: string): FirstRun | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as FirstRun
  } catch {
    return null
  }
}

async function make(paths: DataPaths, url: string): Promise<FirstRun> {
  const password = randomBytes(18).toString('base64url')
  const key = newApiKey()
  const client = new StoreClient({ socketPath: paths.storeSocket })
  try {
    await client.whenConnected()
    const passwordHash = await hashPassword(password)
    const put = {
      kind: 'put-account',
      name: account,
      passwordHash,
      dailyRecipients: 'none',
    } as const
    const created = await client.send({ ...put, create: true })
    if (created.kind === 'refused') await say(client, { ...put, create: false })
    const { id, secretHash } = key
    await say(client, { kind: 'put-api-key', id, secretHash, scopes, name: 'first run' })
  } finally {
    client.close()
  }
  return { submission: { account, password }, api: { url, key: key.secret } }
}

async function say(client: StoreClient, command: Command): Promise<void> {
  const answer = await client.send(command)
  if (answer.kind !== 'ok') throw new Error(`the store answered ${answer.kind} to ${command.kind}`)
}
