/** Postfix from Debian's package, in own folders and on own ports: as shipped, and tuned for this work. */
import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { greets } from '../ports.ts'
import { endProcess, startProcess, untilTrue } from '../processes.ts'
import { fanoutDestinations, type Shape } from '../shapes.ts'
import type { Ground, Side } from './side.ts'

/** Debian's own master.cf, as its package brings it. */
export const masterTemplate = '/usr/share/postfix/master.cf.dist'

/** Debian's own main.cf, without the lines that name folders, hosts and tables of the machine. */
const asShipped = {
  compatibility_level: '3.6',
  smtpd_banner: '$myhostname ESMTP $mail_name (Debian/GNU)',
  biff: 'no',
  append_dot_mydomain: 'no',
  readme_directory: 'no',
  smtpd_relay_restrictions: 'permit_mynetworks permit_sasl_authenticated defer_unauth_destination',
  mailbox_size_limit: '0',
  recipient_delimiter: '+',
}

/** Where it must differ to run beside the machine's own, and to spare it DNS, which the others don't ask here either. */
const ownPlace = (ground: Ground): Record<string, string> => ({
  config_directory: join(ground.folder, 'config'),
  queue_directory: join(ground.folder, 'queue'),
  data_directory: join(ground.folder, 'data'),
  maillog_file: join(ground.folder, 'mail.log'),
  maillog_file_prefixes: ground.folder,
  myhostname: 'relay.bench.example',
  mydestination: '',
  alias_maps: '',
  alias_database: '',
  mynetworks: '127.0.0.0/8',
  inet_interfaces: 'loopback-only',
  inet_protocols: 'ipv4',
  smtp_dns_support_level: 'disabled',
  ...(ground.shape.recipients > 1
    ? { transport_maps: `texthash:${join(ground.folder, 'config', 'transport')}` }
    : { relayhost: `[127.0.0.1]:${String(ground.sinkPort)}` }),
})

/**
 * Sluice's own limits, and what an operator would set on a relay for trusted clients: no brake on the way in, no name
 * lookups of clients, no rate accounting of clients, processes that live longer.
 */
const tuned = (shape: Shape): Record<string, string> => {
  const concurrency = shape.recipients > 1 ? '5' : '20'
  return {
    in_flow_delay: '0',
    default_process_limit: '500',
    initial_destination_concurrency: concurrency,
    smtp_destination_concurrency_limit: concurrency,
    max_use: '10000',
    smtpd_peername_lookup: 'no',
    smtpd_client_connection_count_limit: '0',
    smtpd_client_connection_rate_limit: '0',
  }
}

/** Debian's master.cf with the submission port instead of port 25, and without chroot, for which nothing is laid out here. */
export function masterFile(debian: string, port: number): string {
  const services = debian
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/^(\S+\s+(?:unix|inet|fifo)\s+\S+\s+\S+\s+)y/, '$1n'))
    .map((line) => line.replace(/^smtp(\s+inet)/, `127.0.0.1:${String(port)}$1`))
  return `${services.join('\n')}\n`
}

function layOut(ground: Ground, port: number, settings: Record<string, string>): void {
  const inFolder = (name: string): string => join(ground.folder, name)
  for (const name of ['config', 'queue', 'data']) mkdirSync(inFolder(name))
  const owner = Number(execFileSync('id', ['-u', 'postfix'], { encoding: 'utf8' }))
  chownSync(inFolder('data'), owner, 0)
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}\n`)
  writeFileSync(inFolder('config/main.cf'), lines.join(''))
  const debian = readFileSync(masterTemplate, 'utf8')
  writeFileSync(inFolder('config/master.cf'), masterFile(debian, port))
  const transports = fanoutDestinations.map(
    ({ domain, address }) => `${domain} smtp:[${address}]:${String(ground.sinkPort)}\n`,
  )
  writeFileSync(inFolder('config/transport'), transports.join(''))
}

export async function startPostfix(ground: Ground, kind: 'shipped' | 'tuned'): Promise<Side> {
  const { port } = ground
  layOut(ground, port, {
    ...asShipped,
    ...ownPlace(ground),
    ...(kind === 'tuned' ? tuned(ground.shape) : {}),
  })
  await using starting = new AsyncDisposableStack()
  const master = await startMaster(ground.folder)
  // Its processes are a group of their own, which it ends with itself.
  starting.defer(() => endProcess(master, 10_000))
  await untilTrue('Postfix listens', 30_000, ground.signal, () => greets('127.0.0.1', port))
  const started = starting.move()
  return {
    port,
    version: `Postfix ${execFileSync('postconf', ['-dh', 'mail_version'], { encoding: 'utf8' }).trim()}`,
    fsync: 'one fsync per message (its queue file)',
    roots: [master],
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

/** Resolves with the id of the master process, which has left its starter by then. */
async function startMaster(folder: string): Promise<number> {
  const starter = startProcess('postfix', ['-c', join(folder, 'config'), 'start'])
  if ((await starter.ended) !== 0) {
    throw new Error(`Postfix did not start: ${starter.complaint() || lastLine(folder)}`)
  }
  return Number(readFileSync(join(folder, 'queue/pid/master.pid'), 'utf8'))
}

const lastLine = (folder: string): string =>
  readFileSync(join(folder, 'mail.log'), 'utf8').trim().split('\n').at(-1) ?? ''
