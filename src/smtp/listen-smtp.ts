import { readFileSync } from 'node:fs'
import { isIPv6, type Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import { formatListenAddress, type ListenAddress } from '../config/listen-address.ts'
import { guardDoor, makeConnection } from './door.ts'
import { GatheredLog } from '../log/gathered-log.ts'
import { drain } from './drain.ts'
import { harakaConnection, harakaLogger, harakaServer, harakaTls } from './haraka.ts'
import type { HarakaListener } from './haraka-types.ts'
import { noteFailedHandshake } from './note-ended.ts'
import type { SmtpContext, SmtpServer } from './smtp-context.ts'
import { watchSmtp } from './watch-smtp.ts'

export interface Listeners {
  starttls: ListenAddress[]
  implicit: ListenAddress[]
  tls: { cert: string; key: string }
}

/** Haraka tells its two kinds of listeners apart by port alone: this one is `smtps_port` in its smtp.ini. */
const implicitTls = { port: 1 }
const plainText = { port: 0 }

/** Has Haraka load its plugins, and listens. */
export async function listenSmtp(context: SmtpContext, where: Listeners): Promise<SmtpServer> {
  const { idleTimeoutMs } = context.settings.submission
  logTo(context)
  harakaConnection.createConnection = makeConnection
  // Its own listeners can't be several of a kind on a port that the system chooses, and end the process if one is busy.
  harakaServer.setup_smtp_listeners = () => undefined
  harakaServer.createServer({ nodes: 0, inactivity_timeout: idleTimeoutMs / 1000 })
  harakaServer.notes = { context }
  await boundHandshakes(context)
  const open = async (
    kind: typeof plainText,
    { address, port }: ListenAddress,
  ): Promise<string> => {
    const listener = await harakaServer.get_smtp_server(kind, idleTimeoutMs)
    listener.notes = harakaServer.notes
    // Who has said all that he wants to say may still wait for answers.
    listener.allowHalfOpen = true
    // Node tells of a handshake that took too long, and leaves the socket as it is.
    listener.on('tlsClientError', (error: Error, socket: TlsSocket) => {
      noteFailedHandshake(context, addressOf(socket), error)
      socket.destroy()
    })
    guardDoor(listener, context)
    return await bind(listener, address, port)
  }
  const ports: SmtpServer['ports'] = { starttls: [], implicit: [] }
  for (const address of where.starttls) ports.starttls.push(await open(plainText, address))
  for (const address of where.implicit) ports.implicit.push(await open(implicitTls, address))
  shareTlsContext(where.tls)
  watchSmtp(context, where.tls.cert)
  return {
    ports,
    close: async () => {
      await drain(context)
      context.strangers.close()
      context.ownState.info.close()
      context.ownState.error.close()
      context.handshakes.close()
      context.faults.close()
    },
  }
}

/** Of a TLS socket that was reset Node knows no address. The socket below it keeps the one that the door has read. */
interface TlsSocket extends Socket {
  readonly _parent?: Socket
}
const addressOf = ({ remoteAddress, _parent }: TlsSocket): string =>
  remoteAddress ?? _parent?.remoteAddress ?? 'unknown'

function bind(listener: HarakaListener, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject)
    listener.listen({ host, port, ipv6Only: isIPv6(host) }, () => {
      listener.removeListener('error', reject)
      listener.on('error', () => undefined)
      const actual = listener.address()
      if (actual === null || typeof actual === 'string') throw new Error('listener without address')
      resolve(formatListenAddress({ address: host, port: actual.port }))
    })
  })
}

/** From the first octet on; for STARTTLS Haraka's folder tells. */
async function boundHandshakes({ patience }: SmtpContext): Promise<void> {
  // Has Haraka read its own options first, which it does once.
  await harakaTls.getSocketOpts('*')
  harakaTls.certsByHost.set('*.handshakeTimeout', patience.handshakeMs)
}

/** Else Haraka reads certificate and key anew for each STARTTLS, and no session can be resumed. */
function shareTlsContext({ cert, key }: Listeners['tls']): void {
  const secureContext = createSecureContext({
    cert: readFileSync(cert),
    key: readFileSync(key),
    minVersion: 'TLSv1.2',
    honorCipherOrder: true,
    sessionIdContext: 'sluice',
  })
  harakaTls.certsByHost.set('*.secureContext', secureContext)
}

/** Haraka's warnings and faults go to our log; what else it has to say can hold credentials and goes nowhere. */
function logTo({ log }: SmtpContext): void {
  const warnings = new GatheredLog(log, { message: 'haraka warns', level: 'warn' })
  const faults = new GatheredLog(log, { message: 'haraka fails', level: 'error' })
  harakaLogger.deferred_logs.length = 0
  harakaLogger.log = (level, text) => {
    if (level === 'WARN') warnings.add(level, 'unknown', { haraka: text })
    else if (['ERROR', 'CRIT', 'ALERT', 'EMERG'].includes(level))
      faults.add(level, 'unknown', { haraka: text })
    return true
  }
}
