/** Postfix from Debian's package, in own folders and on own ports: as shipped, and tuned for this work. */
import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, greets } from '../ports.ts'
import { startProcess, untilTrue } from '../processes.ts'
import { fanoutDestinations, type Shape } from '../shapes.ts'
import type { Ground, Side } from './side.ts'

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
  const debian = readFileSync('/usr/share/postfix/master.cf.dist', 'utf8')
  writeFileSync(inFolder('config/master.cf'), masterFile(debian, port))
  const transports = fanoutDestinations.map(
    ({ domain, address }) => `${domain} smtp:[${address}]:${String(ground.sinkPort)}\n`,
  )
  writeFileSync(inFolder('config/transport'), transports.join(''))
}

export async function startPostfix(ground: Ground, kind: 'shipped' | 'tuned'): Promise<Side> {
  const port = await freePort()
  layOut(ground, port, {
    ...asShipped,
    ...ownPlace(ground),
    ...(kind === 'tuned' ? tuned(ground.shape) : {}),
  })
  // In the foreground the master process is our child: one id to count and to end.
  await using starting = new AsyncDisposableStack()
  const config = join(ground.folder, 'config')
  const master = starting.use(startProcess('postfix', ['-c', config, 'start-fg']))
  await untilTrue('Postfix listens', 30_000, ground.signal, () => {
    if (master.child.exitCode !== null) throw new Error(`Postfix ended: ${master.complaint()}`)
    return greets('127.0.0.1', port)
  })
  const started = starting.move()
  return {
    port,
    version: `Postfix ${execFileSync('postconf', ['-dh', 'mail_version'], { encoding: 'utf8' }).trim()}`,
    fsync: 'one fsync per message (its queue file)',
    roots: [master.pid],
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}
