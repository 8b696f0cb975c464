import { dataPaths } from '../config/paths.ts'
import type { Settings } from '../config/settings.ts'
import type { Logger } from '../log/logger.ts'
import { startStore } from '../store/start-store.ts'
import { systemClock } from '../time/clock.ts'
import type { Running } from './running.ts'

/** The process that writes. A store whose state on disk is unknown ends it at once, with all that waits for answers. */
export async function runStore(settings: Settings, log: Logger): Promise<Running> {
  const paths = dataPaths(settings.dataDir)
  const store = await startStore({
    databasePath: paths.database,
    socketPath: paths.storeSocket,
    lockPath: paths.storeLock,
    ballastPath: paths.ballast,
    retention: settings.retention,
    clock: systemClock,
    log,
    onBroken: (error) => {
      log.error({ err: error, event: 'store_broken' }, 'the store ends: what is on disk is unknown')
      process.exit(1)
    },
  })
  return { ports: {}, close: () => store.close() }
}
