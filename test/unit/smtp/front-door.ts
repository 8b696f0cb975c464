import { writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { PasswordBackend } from '../../../src/accounts/password-backend.ts'
import { hashPassword } from '../../../src/accounts/password.ts'
import { runSmtp } from '../../../src/app/run-smtp.ts'
import { loadSettings } from '../../../src/config/load-settings.ts'
import { dataPaths } from '../../../src/config/paths.ts'
import type { Patience } from '../../../src/smtp/smtp-context.ts'
import type { Logger } from '../../../src/log/logger.ts'
import { StoreClient } from '../../../src/store/protocol/client.ts'
import type { PutAccountCommand } from '../../../src/store/protocol/account-commands.ts'
import { openReader } from '../../../src/store/read/open-reader.ts'
import type { RunningStore } from '../../../src/store/write/start-store.ts'
import { systemClock } from '../../../src/time/clock.ts'
import { testCertificate } from '../../kit/certificate.ts'
import { Conversation, idIn } from '../../kit/smtp-conversation.ts'
import { aProcess, startTestStore } from '../../kit/store.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

export const alice = { account: 'alice', password: 'correct horse' }

/**
 * The real thing as far as the store: Haraka with our plugins, and a store, in this process. Haraka is one a process,
 * so a test file opens one door.
 */
async function openFrontDoor(
  environment: Record<string, string> = {},
  patience: Partial<Patience> = {},
  passwords?: PasswordBackend,
) {
  const folder = tempFolder()
  const config = join(folder.path, 'sluice.toml')
  writeFileSync(config, '')
  const variables = {
    SLUICE_CONFIG: config,
    SLUICE_DATA_DIR: join(folder.path, 'data'),
    SLUICE_HOSTNAME: 'relay.test',
    SLUICE_TLS_CERT: testCertificate.certPath,
    SLUICE_TLS_KEY: testCertificate.keyPath,
    SLUICE_SUBMISSION_LISTEN: '127.0.0.1:0,[::1]:0',
    SLUICE_SUBMISSION_LISTEN_TLS: '127.0.0.1:0',
    ...environment,
  }
  const settings = loadSettings(variables)
  mkdirSync(settings.dataDir, { recursive: true })
  const paths = dataPaths(settings.dataDir)
  const logged: string[] = []
  const log = recordingLog(logged)
  const openStore = (): Promise<RunningStore> =>
    startTestStore(paths, { retention: settings.retention, clock: systemClock })
  let store: RunningStore | null = await openStore()
  const client = new StoreClient({
    socketPath: paths.storeSocket,
    principal: { kind: 'process', id: 'api' },
  })
  await client.whenConnected()
  const reader = openReader(paths.database, aProcess)
  const putAccount = async (
    { account, password }: typeof alice,
    more: Partial<PutAccountCommand> = {},
  ): Promise<void> => {
    const passwordHash = await hashPassword(password)
    await client.send({ kind: 'put-account', name: account, passwordHash, create: true, ...more })
  }
  await putAccount(alice, { dailyRecipients: 'none' })
  const smtp = await runSmtp(settings, log, {
    patience: { failedLoginDelayMs: 0, ...patience },
    ...(passwords && { passwords }),
  })
  let closing: Promise<void> | null = null
  const closeSmtp = (): Promise<void> => (closing ??= smtp.close())
  const port = (what: 'starttls' | 'implicit', at = 0): number =>
    Number(smtp.ports[what]?.[at]?.split(':').pop())

  return {
    settings,
    /** What the settings were made from. */
    variables,
    logged,
    client,
    reader,
    closeSmtp,
    port,
    putAccount,
    /** A client after the banner. */
    connect: async (what: 'starttls' | 'implicit' = 'starttls'): Promise<Conversation> => {
      const conversation = await Conversation.connect('127.0.0.1', port(what), what === 'implicit')
      await conversation.expect(/^220 /)
      return conversation
    },
    /** A client under TLS, after EHLO and login. */
    loggedIn: async (login = alice): Promise<Conversation> => {
      const conversation = await Conversation.connect('127.0.0.1', port('implicit'), true)
      await conversation.expect(/^220 /)
      await conversation.ehlo()
      await conversation.login(login)
      return conversation
    },
    /** The message that a 250 spoke of, and its bytes. */
    stored: async (reply: string) => {
      const message = await reader.message(idIn(reply), new Set(), systemClock.now())
      if (!message) throw new Error(`not in the store: ${reply}`)
      return { message, bytes: Buffer.concat(await reader.content(message.key)) }
    },
    stopStore: async (): Promise<void> => {
      await store?.close()
      store = null
    },
    startStore: async (): Promise<void> => {
      store = await openStore()
      await client.whenConnected()
    },
    close: async (): Promise<void> => {
      await closeSmtp()
      client.close()
      await reader.close()
      await store?.close()
      folder[Symbol.dispose]()
    },
  }
}

export type FrontDoor = Awaited<ReturnType<typeof openFrontDoor>>

/** Has all tests of the file share one door, given to `use`, that is closed after the last of them. */
export function doorForAllTests(
  use: (door: FrontDoor) => void,
  ...options: Parameters<typeof openFrontDoor>
): void {
  let door: FrontDoor | null = null
  beforeAll(async () => {
    door = await openFrontDoor(...options)
    use(door)
  })
  afterAll(() => door?.close())
}

function recordingLog(lines: string[]): Logger {
  const say =
    (level: string) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void => {
      const err = fields['err'] instanceof Error ? fields['err'].stack : undefined
      lines.push(JSON.stringify({ level, ...fields, err, message }))
    }
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
}
