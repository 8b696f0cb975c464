/** A whole Sluice, started by its launcher in a folder of its own, and what can be asked of it from outside. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'smol-toml'
import { dataPaths } from '../../../src/config/paths.ts'
import { admit } from '../../kit/admit.ts'
import { apiClient, type Api } from '../../kit/api.ts'
import { testCertificate } from '../../kit/certificate.ts'
import type { ProcessName, RunFile } from '../../kit/relay-process.ts'
import { freePort } from '../ports.ts'
import { launchSluice } from '../sides/sluice.ts'

export interface WorldRelay extends AsyncDisposable {
  /** Where it takes mail, on 127.0.0.1. */
  readonly port: number
  readonly dataDir: string
  readonly api: Api
  /** Where that API answers, and what opens it. */
  readonly apiAddress: { url: string; key: string }
  /** The supervisor: every other process is below it. */
  readonly roots: readonly number[]
  /** null while it isn't there. */
  pidOf(name: ProcessName): number | null
  /** Lines of delivery's log with this text. */
  countInLog(text: string): number
}

export interface DeliverySettings {
  route: string
  port?: number
  resolver?: string
  connections?: number
  retry_first?: string
}

/** Clients of these addresses relay without a login, each as a submitter of its own. */
export const clientAddresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4'] as const

/**
 * Every setting that is left out has its default. Delivery may send to loopback since its port is not 25. What lies in
 * the folder's `data` already is its store. `port`: where it takes mail; a free one unless given.
 */
export async function startWorldRelay(
  folder: string,
  delivery: DeliverySettings,
  signal: AbortSignal,
  port = 0,
): Promise<WorldRelay> {
  const dataDir = join(folder, 'data')
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const ports = {
    submission: port || (await freePort()),
    tls: await freePort(),
    api: await freePort(),
  }
  const { certPath, keyPath } = testCertificate
  const settings = {
    hostname: 'relay.test',
    data_dir: dataDir,
    submission: {
      listen: [`127.0.0.1:${ports.submission}`],
      listen_tls: [`127.0.0.1:${ports.tls}`],
    },
    api: { listen: [`127.0.0.1:${ports.api}`] },
    relay: {
      trusted_networks: clientAddresses.map((address) => `${address}/32`),
      daily_recipients: 'none',
    },
    delivery: { ...delivery },
    // Route `mx` wants one.
    tls: { cert: certPath, key: keyPath },
  }
  writeFileSync(join(folder, 'sluice.toml'), stringify(settings))
  const { stack, pid } = await launchSluice(folder, dataDir, ports.submission, signal)
  await using starting = stack
  const { key } = await admit(dataDir)
  const started = starting.move()
  const url = `http://127.0.0.1:${ports.api}`
  const paths = dataPaths(dataDir)
  return {
    port: ports.submission,
    dataDir,
    api: apiClient(
      () => url,
      () => key,
    ),
    apiAddress: { url, key },
    roots: [pid],
    pidOf: (name) => readRun(paths.runFile)?.processes[name] ?? null,
    countInLog: (text) => {
      const log = join(paths.logDir, 'delivery.log')
      return countLines(log, text) + countLines(`${log}.1`, text)
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

function readRun(file: string): RunFile | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunFile
  } catch {
    return null
  }
}

const largestLogBytes = 256 * 1024 * 1024

function countLines(file: string, text: string): number {
  if (!existsSync(file) || statSync(file).size > largestLogBytes) return 0
  return readFileSync(file, 'latin1').split(text).length - 1
}
