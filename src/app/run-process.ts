import { asFolderFault, FullDisk } from '../config/folder-fault.ts'
import { loadSettings } from '../config/load-settings.ts'
import { dataPaths } from '../config/paths.ts'
import type { Settings } from '../config/settings.ts'
import { SettingsError } from '../config/settings-error.ts'
import { createLogger, type Logger } from '../log/logger.ts'
import { reportOf } from '../metrics/report.ts'
import { watchProcess } from '../metrics/watch-process.ts'
import { second } from '../time/clock.ts'
import { openLogFile } from './open-log-file.ts'
import { report } from './process-report.ts'
import {
  exitStatusOfRefusal,
  processNames,
  type ProcessName,
  type ProcessQuestion,
  type Running,
} from './running.ts'

type Run = (settings: Settings, log: Logger) => Promise<Running>

/** Each process loads only what it is made of. */
const runs: Readonly<Record<ProcessName, () => Promise<Run>>> = {
  store: async () => (await import('./run-store.ts')).runStore,
  smtp: async () => (await import('./run-smtp.ts')).runSmtp,
  delivery: async () => (await import('./run-delivery.ts')).runDelivery,
  api: async () => (await import('./run-api.ts')).runApi,
}

/** A process whose supervisor was killed has no time to finish: the next supervisor waits for its ports and locks. */
const orphanGraceMs = 2 * second

/**
 * Runs one process until SIGTERM, SIGINT or the end of its supervisor. Settings that it can't run with end it with
 * status 78, a fault with 1: the supervisor starts it again.
 */
export async function runProcess(name: string): Promise<void> {
  const known = processNames.find((each) => each === name)
  if (!known) throw new Error(`there is no process "${name}"`)
  process.title = `sluice-${known}`
  // Files are for their owner only, also where no supervisor has set the umask.
  process.umask(0o077)
  const settings = readSettings()
  const log = openLog(known, settings)
  endOnFault(log)

  let running: Running | null = null
  const end = async (): Promise<void> => {
    await running?.close()
    process.exit(0)
  }
  onEnd((reason) => {
    log.info({ reason }, 'ending')
    end().catch((error: unknown) => {
      log.error({ err: error }, 'could not end in order')
      process.exit(1)
    })
  })

  running = await start(known, settings, log)
  watchProcess()
  answerQuestions(known, running, log)
  log.info({ ports: running.ports }, 'ready')
  report({ kind: 'ready', ports: running.ports, trouble: running.trouble?.() ?? null })
}

/** The supervisor has read them already, so somebody is editing them if they are invalid now. It restarts us until they are valid. */
function readSettings(): Settings {
  try {
    return loadSettings()
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(exitStatusOfRefusal)
  }
}

/** Under a supervisor: a log file of its own, and alarms for the supervisor. Without one it logs to stdout. */
function openLog(name: ProcessName, { logLevel, logFiles, dataDir }: Settings): Logger {
  if (!process.connected) return createLogger(logLevel, name)
  const file = openLogFile(dataPaths(dataDir), name, logFiles)
  return createLogger(logLevel, name, { file, alarms: true })
}

async function start(name: ProcessName, settings: Settings, log: Logger): Promise<Running> {
  try {
    const run = await runs[name]()
    return await run(settings, log)
  } catch (fault) {
    const error = asFolderFault(fault, settings.dataDir)
    if (error instanceof SettingsError) {
      report({ kind: 'refused', lines: error.message, passing: error instanceof FullDisk })
      if (!process.connected) process.stderr.write(`${error.message}\n`)
      process.exit(exitStatusOfRefusal)
    }
    log.error({ err: error }, 'could not start')
    process.exit(1)
  }
}

/** An answer shows that the event loop turns. */
function answerQuestions(name: ProcessName, running: Running, log: Logger): void {
  process.on('message', ({ kind }: Partial<ProcessQuestion>) => {
    if (kind === 'ping') report({ kind: 'pong', trouble: running.trouble?.() ?? null })
    if (kind !== 'metrics') return
    reportOf(name).then(
      (metrics) => report({ kind: 'metrics', json: JSON.stringify(metrics) }),
      (error: unknown) => log.error({ err: error }, 'the metrics could not be collected'),
    )
  })
}

/** After an unhandled rejection or exception the state of the process is unknown: it exits and is started again. */
function endOnFault(log: Logger): void {
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error: unknown) => {
      log.error({ err: error }, 'fault')
      process.exit(1)
    })
  }
}

/** Calls `end` once, at the first signal or message to end. Under a supervisor the terminal's signals are the supervisor's. */
function onEnd(end: (reason: string) => void): void {
  let ending = false
  const once = (reason: string): void => {
    if (ending) return
    ending = true
    end(reason)
  }
  const supervised = process.connected
  process.on('SIGTERM', () => once('SIGTERM'))
  process.on('SIGINT', () => {
    if (!supervised) once('SIGINT')
  })
  process.on('SIGHUP', () => {
    if (!supervised) once('SIGHUP')
  })
  process.on('disconnect', () => {
    setTimeout(() => process.exit(1), orphanGraceMs).unref()
    once('the supervisor is gone')
  })
}
