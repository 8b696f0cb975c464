/** Sluice, started as its users start it. What lies in the folder's `data` already is its store. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { testCertificate } from '../../kit/certificate.ts'
import { freePort, greets } from '../ports.ts'
import { startProcess, untilTrue } from '../processes.ts'
import type { Ground, Side } from './side.ts'

export interface SluiceSide extends Side {
  /** Where its API answers and what opens it; null where a first start makes no key. */
  readonly api: { url: string; key: string } | null
}

const project = join(import.meta.dirname, '..', '..', '..')

const settings = (ground: Ground, ports: { submission: number; tls: number; api: number }) => `
hostname = "relay.test"
data_dir = "data"
[submission]
listen = ["127.0.0.1:${String(ports.submission)}"]
listen_tls = ["127.0.0.1:${String(ports.tls)}"]
[api]
listen = ["127.0.0.1:${String(ports.api)}"]
[relay]
trusted_networks = ["127.0.0.0/8"]
allow_wide = ["127.0.0.0/8"]
daily_recipients = "none"
${ground.shape.recipients > 1 ? byExchanger(ground) : bySmarthost(ground)}`

const bySmarthost = (ground: Ground) => `[delivery]
route = "smtp://127.0.0.1:${String(ground.sinkPort)}"
`

/** Route `mx` wants a certificate: without one nobody could log in from outside. */
const byExchanger = (ground: Ground) => `[delivery]
route = "mx"
port = ${String(ground.sinkPort)}
resolver = "${ground.resolver}"
[tls]
cert = "${testCertificate.certPath}"
key = "${testCertificate.keyPath}"
`

/** The environment without settings of the person who runs this. */
function ownEnvironment(config: string): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('SLUICE_'))
  return { ...Object.fromEntries(others), SLUICE_CONFIG: config }
}

/** `root`: of the checkout that is started. */
export async function startSluice(ground: Ground, root = project): Promise<SluiceSide> {
  const ports = { submission: ground.port, tls: await freePort(), api: await freePort() }
  writeFileSync(join(ground.folder, 'sluice.toml'), settings(ground, ports))
  const dataDir = join(ground.folder, 'data')
  const { stack, pid, version } = await launchSluice(
    ground.folder,
    dataDir,
    ports.submission,
    ground.signal,
    root,
  )
  return {
    port: ports.submission,
    version: `Sluice ${version}, Node ${process.versions.node}`,
    fsync: 'one fsync per group of messages (SQLite WAL, synchronous=FULL)',
    roots: [pid],
    api: readFirstRun(ground.folder),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

export interface Launched {
  /** Ends it, and waits until it is gone. */
  stack: AsyncDisposableStack
  /** Of the supervisor. */
  pid: number
  version: string
}

/** Starts Sluice by its launcher with the `sluice.toml` of a folder, and waits until it takes mail. */
export async function launchSluice(
  folder: string,
  dataDir: string,
  port: number,
  signal: AbortSignal,
  root = project,
): Promise<Launched> {
  await using starting = new AsyncDisposableStack()
  const launcher = starting.use(
    startProcess(process.execPath, [join(root, 'src/bin/sluice.js'), 'start'], {
      cwd: folder,
      env: ownEnvironment(join(folder, 'sluice.toml')),
      graceMs: 30_000,
    }),
  )
  const runFile = join(dataDir, 'run.json')
  await untilTrue('Sluice is ready', 60_000, signal, () => {
    if (launcher.child.exitCode !== null) throw new Error(`Sluice ended: ${launcher.complaint()}`)
    return existsSync(runFile) && greets('127.0.0.1', port)
  })
  const run = JSON.parse(readFileSync(runFile, 'utf8')) as { pid: number; version: string }
  return { stack: starting.move(), pid: run.pid, version: run.version }
}

function readFirstRun(folder: string): SluiceSide['api'] {
  const path = join(folder, 'data', 'first-run.json')
  if (!existsSync(path)) return null
  const { api } = JSON.parse(readFileSync(path, 'utf8')) as { api: { url: string; key: string } }
  return api
}
