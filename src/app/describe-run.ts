import { isAnyAddress, parseListenAddress } from '../config/listen-address.ts'
import type { Settings } from '../config/settings.ts'
import { version } from '../config/version.ts'
import { rfc3339, type Millis } from '../time/clock.ts'
import type { RunFile } from '../config/run-files.ts'
import type { Running } from './running.ts'

export interface RunFacts {
  settings: Settings
  startedAt: Millis
  pids: ReadonlyMap<string, number>
  ports: ReadonlyMap<string, Running['ports']>
}

/** The content of run.json. */
export function describeRun({ settings, startedAt, pids, ports }: RunFacts): RunFile {
  const { starttls = [], implicit = [] } = ports.get('smtp') ?? {}
  return {
    pid: process.pid,
    version,
    started_at: rfc3339(startedAt),
    route: settings.delivery.route,
    submission: [...listeners(starttls, 'starttls'), ...listeners(implicit, 'implicit')],
    api: (ports.get('api')?.['api'] ?? []).map((text) => ({ url: apiUrl(text, settings) })),
    metrics: (ports.get('api')?.['metrics'] ?? []).map((text) => ({
      url: `http://${text}/metrics`,
    })),
    processes: Object.fromEntries(pids),
  }
}

const listeners = (addresses: readonly string[], tls: 'starttls' | 'implicit') =>
  addresses.flatMap((text) => {
    const parsed = parseListenAddress(text)
    return parsed ? [{ ...parsed, tls }] : []
  })

/** The URL of the API for people. A certificate names the host, not its addresses; and nobody can connect to "all addresses". */
export function apiUrl(text: string, { hostname, api }: Settings): string {
  const parsed = parseListenAddress(text)
  const authority = parsed && isAnyAddress(parsed.address) ? `${hostname}:${parsed.port}` : text
  return `${api.tls ? 'https' : 'http'}://${authority}`
}
