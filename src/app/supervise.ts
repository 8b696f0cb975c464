import { existsSync } from 'node:fs'
import { asFolderFault } from '../config/folder-fault.ts'
import { isPractice } from '../config/is-practice.ts'
import { dataPaths, type DataPaths } from '../config/paths.ts'
import type { Settings } from '../config/settings.ts'
import { describeProblem } from '../config/settings-error.ts'
import { settingsWarnings } from '../config/settings-warnings.ts'
import { readSetupMs } from '../config/settings-environment.ts'
import { serveAnswer } from '../ipc/one-answer.ts'
import { version } from '../config/version.ts'
import { writesToJournal } from '../config/systemd.ts'
import { serveHealth } from '../ipc/process-health.ts'
import { createLogger } from '../log/logger.ts'
import { readinessOfProcesses } from '../operations/readiness.ts'
import { monotonicMs, systemClock } from '../time/clock.ts'
import { banner } from './banner.ts'
import { metricsCollector } from './relay-metrics.ts'
import { awaitLeftovers, takeDataFolder } from './data-folder.ts'
import { apiUrl, describeRun } from './describe-run.ts'
import { ensureFirstRun } from './first-run.ts'
import { checkPorts } from './free-ports.ts'
import { ServiceNotices } from './notify-systemd.ts'
import { openLogFile } from './open-log-file.ts'
import { RelayProcesses } from './relay-processes.ts'
import type { RelayEnd } from './running.ts'
import { ensureSelfSigned } from './self-signed.ts'
import { StatusFile } from './status-file.ts'
import { stopSignals } from './stop-signals.ts'
import { Voice } from './voice.ts'

/** How a supervised run ended. */
export type RunEnd =
  | { kind: 'stopped' }
  /** Stopped in order, to be started with the settings as they are now; unless a signal to end has come since. */
  | { kind: 'again'; isStillWanted: () => boolean }
  /** Another relay runs on the data folder. */
  | { kind: 'busy'; pid: number | null }
  | RelayEnd

/**
 * Runs the whole relay until SIGTERM, SIGINT or SIGHUP: takes the data folder, starts the processes, keeps them running,
 * ends them in order; a second signal hurries. SIGUSR2 ends them to be started again, where the settings are valid. `print`
 * gets what a person at the terminal should read. Throws SettingsError where it can't begin.
 */
export async function supervise(
  settings: Settings,
  print: (text: string) => void,
): Promise<RunEnd> {
  const beganMs = monotonicMs()
  const taken = takeDataFolder(settings.dataDir)
  if (!('lock' in taken)) return { kind: 'busy', pid: taken.pid }
  const voice = openVoice(settings, print)
  voice.note(`Sluice ${version} starts as process ${process.pid}`)
  for (const each of settingsWarnings(settings, systemClock.now())) {
    voice.say(`warning: ${describeProblem(each)}`)
  }
  try {
    const end = await run(settings, beganMs, voice)
    voice.note(end.kind === 'failed' ? end.reason : 'Sluice has ended', levelOf(end))
    return end
  } catch (error) {
    const fault = asFolderFault(error, settings.dataDir)
    voice.note(fault instanceof Error ? fault.message : String(fault), 'error')
    throw fault
  } finally {
    taken.lock.release()
  }
}

const levelOf = ({ kind }: RunEnd) => (kind === 'stopped' || kind === 'again' ? 'info' : 'error')

function openVoice({ dataDir, logLevel, logFiles }: Settings, print: (text: string) => void) {
  const file = openLogFile(dataPaths(dataDir), 'supervisor', logFiles)
  const log = createLogger(logLevel, 'supervisor', { file })
  return new Voice({ print, log, isJournal: writesToJournal() })
}

async function run(settings: Settings, beganMs: number, voice: Voice): Promise<RunEnd> {
  const paths = dataPaths(settings.dataDir)
  const stop = stopSignals(voice.say)
  await awaitLeftovers(paths)
  await checkPorts(settings)

  let ready = false
  const startedAt = systemClock.now()
  const describe = () =>
    describeRun({ settings, startedAt, pids: processes.pids, ports: processes.ports })
  const status = new StatusFile({ file: paths.runFile, describe, say: voice.say })
  const processes = new RelayProcesses({
    paths,
    logFiles: settings.logFiles,
    voice,
    onChange: () => {
      if (ready) status.update()
    },
  })
  const { route } = settings.delivery
  const notices = new ServiceNotices(() => readinessOfProcesses(processes.health, route), voice.say)
  stop.onHurry(() => processes.hurry())
  const health = await serveHealth(paths.supervisorSocket, () => processes.health)
  const metrics = await serveAnswer(paths.metricsSocket, metricsCollector(processes))
  try {
    const started = startAll(settings, paths, processes, { say: voice.say, stop: stop.signal })
    const end = Promise.race([stop.asked, processes.end])
    if ((await Promise.race([end, started])) === 'ready') {
      ready = true
      status.update()
      notices.begin()
      const setupMs = readSetupMs()
      const readyMs = setupMs + monotonicMs() - beganMs
      const files = filesForTheOwner(settings, paths)
      voice.print(banner({ run: describe(), readyMs, setupMs, ...files }))
      voice.note(`ready in ${Math.round(readyMs)} ms, route ${route}`)
    }
    const asked = await end
    if (asked === 'stopped' || asked === 'again') voice.say('Stopping …')
  } finally {
    ready = false
    notices.stop({ isFinal: stop.wanted() === 'stopped' })
    await processes.stop()
    health.close()
    metrics.close()
    status.remove()
  }
  // A process may find only while it stops that the disk does not take what it has in hand.
  if (processes.ended) return processes.ended
  const isStillWanted = (): boolean => stop.wanted() === 'again'
  return isStillWanted() ? { kind: 'again', isStillWanted } : { kind: 'stopped' }
}

/** What a start made for its owner, as long as it may be used; null where there is something better, or he removed it. */
const filesForTheOwner = (settings: Settings, { firstRunFile, selfSignedCert }: DataPaths) => ({
  dataDir: settings.dataDir,
  firstRunFile: isPractice(settings) && existsSync(firstRunFile) ? firstRunFile : null,
  selfSignedCert: settings.tls === null ? selfSignedCert : null,
})

/** The store first, since the others read what it makes; Redis beside it, since only delivery waits for it. */
async function startAll(
  settings: Settings,
  paths: DataPaths,
  processes: RelayProcesses,
  ways: { say: (line: string) => void; stop: AbortSignal },
): Promise<'ready'> {
  const redis = settings.redisSocket === null ? processes.startRedis() : Promise.resolve()
  const certificate =
    settings.tls === null
      ? ensureSelfSigned(paths, settings.hostname, systemClock.now())
      : Promise.resolve()
  const store = processes.start('store')
  await Promise.all([
    Promise.all([store, certificate]).then(() => processes.start('smtp')),
    Promise.all([store, certificate]).then(() => processes.start('api')),
    Promise.all([store, redis]).then(() => processes.start('delivery')),
  ])
  const [api] = processes.ports.get('api')?.['api'] ?? []
  if (isPractice(settings) && api !== undefined)
    await ensureFirstRun(paths, apiUrl(api, settings), ways)
  return 'ready'
}
