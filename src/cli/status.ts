import { dataPaths } from '../config/paths.ts'
import type { RunFile } from '../config/run-files.ts'
import type { Settings } from '../config/settings.ts'
import { askHealth, type ProcessHealth } from '../ipc/process-health.ts'
import { readinessOfProcesses, type Readiness } from '../operations/readiness.ts'
import { checkRedis } from '../redis/check-redis.ts'
import { second } from '../time/clock.ts'
import { ApiClient } from './api-client.ts'
import { Complaint, complaining, readArgs, refuseWords } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'
import { paint, printJson } from './print.ts'
import { findOwnRelay } from './own-relay.ts'

export const usage = 'usage: sluice status [--json]'
const options = { json: { type: 'boolean' } } as const

type State = Pick<Readiness, 'status' | 'detail'>

/** `sluice status`: what runs on this data folder, and whether it is ready. Exit status 1 where it is not. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  refuseWords(positionals, usage)
  const { dataDir, relay, settings } = findOwnRelay(io)
  if (relay === null) {
    throw new Complaint(exitStatus.unavailable, `no relay runs on ${dataDir}. Start it: npm start`)
  }
  const state = await askState(relay, dataDir, settings)
  if (values.json) printJson(io.out, { ...state, ...relay, data_dir: dataDir })
  else io.out.write(describe(relay, state, dataDir, io))
  return state.status === 'ok' ? exitStatus.ok : exitStatus.no
})

/** The API needs two seconds where it has to wait for others. */
const apiAnswerMs = 4 * second
const supervisorAnswerMs = 2 * second
const redisAnswerMs = second

/** What /readyz says; where the API does not answer, what the supervisor and Redis say themselves. */
async function askState(
  relay: RunFile,
  dataDir: string,
  settings: Settings | null,
): Promise<State> {
  const [api] = relay.api
  if (api) {
    // Without a key there is nothing to give away, so any certificate will do
    const client = new ApiClient({ url: new URL(api.url), key: '', certificate: 'any' })
    const found = await client.readiness(apiAnswerMs).catch((error: unknown) => {
      if (error instanceof Complaint) return null
      throw error
    })
    if (found) return { status: found.status, detail: found.detail }
  }
  const { supervisorSocket, redisSocket } = dataPaths(dataDir)
  const [processes, redis] = await Promise.all([
    askHealth(supervisorSocket, supervisorAnswerMs),
    // Which Redis it is, if it is another one, is not known without settings
    settings ? checkRedis(settings.redisSocket ?? redisSocket, redisAnswerMs) : null,
  ])
  const known = readinessOfProcesses(processes && silentApi(processes), relay.route, redis)
  return { status: known.status, detail: known.detail }
}

/** An API that did not answer us counts as not answering, also when the supervisor has not noticed it yet. */
const silentApi = (processes: readonly ProcessHealth[]): ProcessHealth[] =>
  processes.map((each) =>
    each.name === 'api' && each.state === 'ready' ? { ...each, state: 'silent' } : each,
  )

const tlsWords = { starttls: 'STARTTLS', implicit: 'TLS from the start' }

function describe(relay: RunFile, state: State, dataDir: string, { out }: Io): string {
  const ready = { ok: 'ready', degraded: 'degraded', unavailable: 'not ready' }[state.status]
  const facts: [string, string][] = [
    ['State', `${paint(out, state.status === 'ok' ? 'green' : 'red', ready)}: ${state.detail}`],
    ['Since', relay.started_at],
    ['Route', relay.route],
    ...relay.submission.map(({ address, port, tls }): [string, string] => [
      'SMTP',
      `${address.includes(':') ? `[${address}]` : address}:${port} (${tlsWords[tls]})`,
    ]),
    ...relay.api.map(({ url }): [string, string] => ['API', `${url}/api/v1`]),
    ['Data and logs', dataDir],
    ['Processes', describeProcesses(relay)],
  ]
  const rows = facts.map(([what, is]) => `  ${what.padEnd(15)}${is}`)
  return `Sluice ${relay.version}\n${rows.join('\n')}\n`
}

const describeProcesses = ({ pid, processes }: RunFile): string =>
  [['start', pid] as const, ...Object.entries(processes)]
    .map(([name, id]) => `${name} ${id}`)
    .join(', ')
