import type { Settings } from '../config/settings.ts'
import { parseListenAddress } from '../config/listen-address.ts'
import { GatheredLog } from '../log/gathered-log.ts'
import type { Logger } from '../log/logger.ts'
import type { RefusalCounts } from '../submission/refusal-counts.ts'
import type { Submission } from '../submission/submission.ts'
import { monotonicMs } from '../time/clock.ts'
import { ConnectionCaps } from './connection-caps.ts'
import { useHarakaFolder, writeHarakaFolder } from './haraka-folder.ts'
import type { Patience, SmtpContext, SmtpServer } from './smtp-context.ts'

export interface SmtpParts {
  settings: Settings
  submission: Submission
  refusals: RefusalCounts
  log: Logger
  /** Where Haraka's folder is made. */
  folder: string
  /** Absolute paths, PEM. */
  tls: { cert: string; key: string }
  patience?: Partial<Patience>
}

const usualPatience: Patience = {
  failedLoginDelayMs: 1000,
  handshakeMs: 10_000,
  lingerMs: 10_000,
}

/** Starts the server; one a process, as Haraka is. Rejects where an address can't be listened on. */
export async function startSmtp(parts: SmtpParts): Promise<SmtpServer> {
  const { settings, submission, refusals, log, folder } = parts
  const patience = { ...usualPatience, ...parts.patience }
  const { handshakeMs } = patience
  writeHarakaFolder(folder, { hostname: settings.hostname, handshakeMs, ...parts.tls })
  useHarakaFolder(folder)
  const { listenSmtp } = await import('./listen-smtp.ts')
  const { submission: limits } = settings
  const context: SmtpContext = {
    settings,
    submission,
    log,
    refusals,
    strangers: new GatheredLog(log, { message: 'refused', level: 'info' }),
    ownState: {
      info: new GatheredLog(log, { message: 'refused', level: 'info' }),
      error: new GatheredLog(log, { message: 'refused', level: 'error' }),
    },
    handshakes: new GatheredLog(log, { message: 'TLS handshake failed', level: 'info' }),
    faults: new GatheredLog(log, { message: 'hook failed', level: 'error' }),
    connections: new Set(),
    caps: new ConnectionCaps({
      overall: limits.maxConnections,
      perClient: limits.maxConnectionsPerClient,
    }),
    now: monotonicMs,
    patience,
    draining: false,
  }
  const addresses = (texts: readonly string[]) =>
    texts.map((text) => parseListenAddress(text)).filter((address) => address !== null)
  return await listenSmtp(context, {
    starttls: addresses(limits.listen),
    implicit: addresses(limits.listenTls),
    tls: parts.tls,
  })
}
