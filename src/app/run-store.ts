import { dataPaths } from '../config/paths.ts'
import type { Settings } from '../config/settings.ts'
import type { Logger } from '../log/logger.ts'
import { StoreUnusable } from '../store/file/faults.ts'
import type { TimeBounds } from '../store/write/bound-times.ts'
import { startStore } from '../store/write/start-store.ts'
import { systemClock } from '../time/clock.ts'
import { longestDelayMs } from '../words/retry-schedule.ts'
import { endRelay } from './process-report.ts'
import { retryScheduleOf } from './retry-schedule-of.ts'
import type { Running } from './running.ts'
import { asSettingsError } from './store-fault.ts'

/** The process that writes. When the state on disk is unknown it exits at once, without answering anything that waits. */
export async function runStore(settings: Settings, log: Logger): Promise<Running> {
  const paths = dataPaths(settings.dataDir)
  const store = await startStore({
    databasePath: paths.database,
    socketPath: paths.storeSocket,
    lockPath: paths.storeLock,
    ballastPath: paths.ballast,
    retention: settings.retention,
    bounds: boundsOf(settings),
    clock: systemClock,
    log,
    onBroken: (error) => {
      if (error instanceof StoreUnusable) endRelay(asSettingsError(error).message)
      log.error({ err: error, event: 'store_broken' }, 'the store ends: what is on disk is unknown')
      process.exit(1)
    },
  }).catch(refuseUnusable)
  return { ports: {}, close: () => store.close() }
}

const boundsOf = (settings: Settings): TimeBounds => ({
  lifetimeMs: settings.delivery.lifetimeMs,
  longestWaitMs: longestDelayMs(retryScheduleOf(settings)),
})

/** A restart would not help: a person has to look at the data folder. */
function refuseUnusable(error: unknown): never {
  throw error instanceof StoreUnusable ? asSettingsError(error) : error
}
