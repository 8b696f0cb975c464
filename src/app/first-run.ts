import { randomBytes } from 'node:crypto'
import { existsSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { demoAccount } from '../words/account-name.ts'
import { firstRunKeyName, newApiKey, parseApiKey } from '../accounts/api-key.ts'
import { hashPassword } from '../accounts/password.ts'
import { fullRights } from '../accounts/scopes.ts'
import { folderError } from '../config/folder-fault.ts'
import type { DataPaths } from '../config/paths.ts'
import { readFirstRun, type FirstRun } from '../config/run-files.ts'
import { StoreClient, StoreLost } from '../store/protocol/client.ts'
import type { PutAccountCommand, PutApiKeyCommand } from '../store/protocol/account-commands.ts'
import { syncFile } from '../store/file/sync-file.ts'
import { openReader } from '../store/read/open-reader.ts'
import { writePrivately } from './run-file.ts'
import { refuseOnStoreFault } from './store-fault.ts'

/**
 * Makes a login and an API key for a relay on loopback, through the running store at the first start; later only the address
 * in their file is updated. The file is written first, under another name, so that a start that was cut off is finished with
 * the same login and key. Where the login exists and the file does not, the owner has removed the file: nothing is made. Where
 * the file is there and can't be read as one, nobody knows the login any more: `say` tells, and the login gets a new password.
 * After `stop` it may never resolve.
 */
export async function ensureFirstRun(
  paths: DataPaths,
  apiUrl: string,
  { say, stop }: { say: (line: string) => void; stop: AbortSignal },
): Promise<void> {
  const known = readWhole(paths.firstRunFile)
  if (isWhole(known)) {
    if (known.api.url === apiUrl) return
    writePrivately(paths.firstRunFile, { ...known, api: { ...known.api, url: apiUrl } })
    return
  }
  const begun = readWhole(paths.firstRunDraft)
  const isBroken = known === 'broken' || begun === 'broken'
  if (begun === 'missing' && !isBroken && (await hasLogin(paths.database))) return
  if (isBroken) say(brokenWords(known === 'broken' ? paths.firstRunFile : paths.firstRunDraft))
  const { submission, api } = isWhole(begun) ? begun : newFirstRun()
  writePrivately(paths.firstRunDraft, { submission, api: { ...api, url: apiUrl } })
  await put({ submission, api }, paths.storeSocket, stop)
  renameSync(paths.firstRunDraft, paths.firstRunFile)
  syncFile(dirname(paths.firstRunFile))
}

const brokenWords = (file: string): string =>
  `${file} could not be read, as after a power cut: the login ${demoAccount} gets a new password, and there is a new API key`

type Found = FirstRun | 'missing' | 'broken'

const isWhole = (found: Found): found is FirstRun => typeof found === 'object'

function readWhole(file: string): Found {
  const { submission, api } = readFirstRun(file) ?? {}
  if (submission && api) return { submission, api }
  return existsSync(file) ? 'broken' : 'missing'
}

async function hasLogin(databasePath: string): Promise<boolean> {
  const reader = openReader(
    databasePath,
    { kind: 'process', id: 'supervisor' },
    refuseOnStoreFault(databasePath),
  )
  try {
    return (await reader.account(demoAccount)) !== null
  } finally {
    await reader.close()
  }
}

const newFirstRun = (): FirstRun => ({
  submission: { account: demoAccount, password: randomBytes(18).toString('base64url') },
  api: { url: '', key: newApiKey().secret },
})

async function put(first: FirstRun, socketPath: string, stop: AbortSignal): Promise<void> {
  const { account, password } = first.submission
  const key = parseApiKey(first.api.key)
  if (!key) throw new Error('the API key of the first start has no form of ours')
  const passwordHash = await hashPassword(password)
  const client = new StoreClient({ socketPath, principal: { kind: 'process', id: 'supervisor' } })
  stop.addEventListener('abort', () => client.close())
  const login = { kind: 'put-account', name: account, passwordHash } as const
  try {
    const created = await retryUntilAnswered(client, {
      ...login,
      dailyRecipients: 'none',
      create: true,
    })
    if (created === 'refused') await retryUntilAnswered(client, { ...login, create: false })
    const put = { kind: 'put-api-key', ...key, name: firstRunKeyName } as const
    await retryUntilAnswered(client, { ...put, rights: fullRights })
  } finally {
    client.close()
  }
}

/** Repeating it does no harm, so the command is sent again when a store that went away is back. */
async function retryUntilAnswered(
  client: StoreClient,
  command: PutAccountCommand | PutApiKeyCommand,
): Promise<'ok' | 'refused'> {
  for (;;) {
    await client.whenConnected()
    const answer = await client.send(command).catch(unlessLost)
    if (!answer) continue
    if (answer.kind === 'ok' || answer.kind === 'refused') return answer.kind
    if (answer.kind === 'fault') throw new Error(`the store failed at ${command.kind}`)
    if (answer.cause === 'disk full') throw folderError('its disk is full', 'make room there')
  }
}

function unlessLost(error: unknown): null {
  if (error instanceof StoreLost) return null
  throw error
}
