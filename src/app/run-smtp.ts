import type { PasswordBackend } from '../accounts/password-backend.ts'
import { storedPasswords } from '../accounts/stored-passwords.ts'
import { dataPaths } from '../config/paths.ts'
import type { Settings } from '../config/settings.ts'
import type { Logger } from '../log/logger.ts'
import { startSmtp, type SmtpParts } from '../smtp/start-smtp.ts'
import type { Principal } from '../words/principal.ts'
import { StoreClient } from '../store/protocol/client.ts'
import { openReader } from '../store/read/open-reader.ts'
import { RefusalCounts } from '../submission/refusal-counts.ts'
import { Submission } from '../submission/submission.ts'
import { followClock } from './follow-clock.ts'
import type { Running } from './running.ts'
import { endWhenReplaced } from './same-database.ts'
import { endOnStoreFault } from './store-fault.ts'

/** The process that takes mail in. It listens once the store answers. */
const principal: Principal = { kind: 'process', id: 'smtp' }

export async function runSmtp(
  settings: Settings,
  log: Logger,
  { passwords, ...options }: Pick<SmtpParts, 'patience'> & { passwords?: PasswordBackend } = {},
): Promise<Running> {
  const paths = dataPaths(settings.dataDir)
  const store = new StoreClient({
    socketPath: paths.storeSocket,
    principal,
    onConnect: endWhenReplaced(paths.database, log),
    onDisconnect: () => log.warn({ socket: paths.storeSocket }, 'store lost'),
  })
  await store.whenConnected()
  const reader = openReader(paths.database, principal, endOnStoreFault(paths.database))
  const followed = await followClock(reader)
  const submission = new Submission({
    settings,
    store,
    reader,
    clock: followed.clock,
    passwords: passwords ?? storedPasswords(reader),
  })
  const refusals = new RefusalCounts(store)
  const tls = settings.tls ?? { cert: paths.selfSignedCert, key: paths.selfSignedKey }
  const server = await startSmtp({
    settings,
    submission,
    refusals,
    log,
    folder: paths.harakaDir,
    tls,
    ...options,
  })
  return {
    ports: server.ports,
    trouble: () => (store.connected ? null : 'it has no connection to the store'),
    close: async () => {
      await server.close()
      await refusals.close()
      followed.stop()
      store.close()
      await reader.close()
    },
  }
}
