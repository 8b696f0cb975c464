import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { newApiKey, type NewApiKey } from '../accounts/api-key.ts'
import { hashPassword } from '../accounts/password.ts'
import { scopes } from '../accounts/scopes.ts'
import type { DataPaths } from '../config/paths.ts'
import { StoreClient, StoreLost, StoreUnavailable } from '../store/client.ts'
import type { Command } from '../store/commands.ts'
import { writePrivately } from './run-file.ts'

/** `<data_dir>/first-run.json`, all that a first start hands to its owner. */
interface FirstRun {
  submission: { account: string; password: string }
  api: { url: string; key: string }
}

const account = 'demo'

/**
 * Sees to a login and an API key for a relay that stays on loopback: made through the running store at the first start,
 * only the address brought up to date later. The file is written last: a start that was cut off makes them anew.
 * After `stop` it may never resolve.
 */
export async function ensureFirstRun(
  paths: DataPaths,
  apiUrl: string,
  stop: AbortSignal,
): Promise<void> {
  const known = readFirstRun(paths.firstRunFile)
  if (known?.api.url === apiUrl) return
  const content = known
    ? { ...known, api: { ...known.api, url: apiUrl } }
    : await make(paths.storeSocket, apiUrl, stop)
  writePrivately(paths.firstRunFile, content)
}

/** null: there is none, or somebody's editor left something else. */
function readFirstRun(file: string): FirstRun | null {
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as Partial<FirstRun>
    const { submission, api } = found
    return submission && api ? { submission, api } : null
  } catch {
    return null
  }
}

async function make(socketPath: string, url: string, stop: AbortSignal): Promise<FirstRun> {
  const password = randomBytes(18).toString('base64url')
  const passwordHash = await hashPassword(password)
  const key = newApiKey()
  const client = new StoreClient({ socketPath })
  stop.addEventListener('abort', () => client.close())
  try {
    await putBoth(client, passwordHash, key)
  } finally {
    client.close()
  }
  return { submission: { account, password }, api: { url, key: key.secret } }
}

/** Saying it twice does no harm, so a store that dies meanwhile is told again when it is back. */
async function putBoth(client: StoreClient, passwordHash: string, key: NewApiKey): Promise<void> {
  const put = { kind: 'put-account', name: account, passwordHash, dailyRecipients: 'none' } as const
  for (;;) {
    await client.whenConnected()
    try {
      const created = await client.send({ ...put, create: true })
      if (created.kind === 'refused') await mustSend(client, { ...put, create: false })
      const { id, secretHash } = key
      await mustSend(client, { kind: 'put-api-key', id, secretHash, scopes, name: 'first run' })
      return
    } catch (error) {
      if (!(error instanceof StoreUnavailable || error instanceof StoreLost)) throw error
    }
  }
}

async function mustSend(client: StoreClient, command: Command): Promise<void> {
  const answer = await client.send(command)
  if (answer.kind !== 'ok') throw new Error(`the store answered ${answer.kind} to ${command.kind}`)
}
