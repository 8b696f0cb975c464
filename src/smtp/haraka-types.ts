/** The members of Haraka 3.3.4 that we touch; it comes without types. Nothing outside this room sees them. */
import type { Server, Socket } from 'node:net'
import type { Reply } from '../mail/reply.ts'
import type { SmtpContext } from './smtp-context.ts'

/** Answers a hook: a code of haraka-constants, and what to say. */
export type Next = (code?: number, message?: string | Reply) => void

export type HarakaHook = (next: Next, connection: HarakaConnection, params: unknown) => void

export interface HarakaPlugin {
  register_hook(hook: string, method: string, priority?: number): void
}

/** As much of a transaction as Haraka's dialogue wants. */
export interface HarakaTransaction {
  uuid: string
  mail_from: unknown
  rcpt_to: unknown[]
  rcpt_count: { accept: number; tempfail: number; reject: number }
  notes: { skip_plugins: string[] }
  results: { add(): void; push(): void }
}

/** The socket, or Haraka's stand-in that survives STARTTLS. */
export type HarakaClient = Pick<
  Socket,
  | 'write'
  | 'pause'
  | 'resume'
  | 'end'
  | 'destroySoon'
  | 'destroy'
  | 'setTimeout'
  | 'remoteAddress'
  | 'remotePort'
  | 'localAddress'
  | 'localPort'
  | 'on'
  | 'once'
  | 'removeAllListeners'
>

declare class HarakaConnection {
  constructor(client: HarakaClient, server: HarakaListener)
  client: HarakaClient
  server: HarakaListener
  state: number
  esmtp: boolean
  current_data: Buffer | null
  current_line: string | null
  capabilities: string[] | null
  transaction: HarakaTransaction | null
  readonly local: { host: string }
  readonly remote: { ip: string; closed: boolean }
  readonly hello: { host: string | null | undefined; verb: string | null }
  readonly tls: {
    enabled: boolean
    advertised: boolean
    cipher?: { version?: string; standardName?: string }
  }
  readonly notes: Record<string, unknown>
  process_data(data: Buffer): void
  _process_data(): void
  process_line(line: Buffer): void
  respond(code: number, message: string | string[] | Reply, then?: () => void): void
  disconnect(): void
  disconnect_respond(): void
  reset_transaction(then?: () => void): void
  init_transaction(then: () => void): void
  tran_uuid(): string
  cmd_ehlo(text: string): void
  cmd_helo(text: string): void
  cmd_mail(text: string): void
  cmd_rcpt(text: string): void
  cmd_data(text: string): void
  cmd_rset(text: string): void
  cmd_noop(text: string): void
  cmd_vrfy(text: string): void
  cmd_help(text: string): void
  cmd_quit(text: string): void
  data_respond(code: number, message?: string | Reply): void
  data_post_respond(code: number, message?: string | Reply): void
  unrecognized_command_respond(code: number, message?: string | Reply): void
  capabilities_respond(): void
  get_remote(property: string): string
  logdebug(...said: unknown[]): void
  loginfo(...said: unknown[]): void
  lognotice(...said: unknown[]): void
}

export type HarakaListener = Server & {
  notes: { context: SmtpContext }
  has_tls: boolean
  allowHalfOpen: boolean
}

export interface HarakaServer {
  cfg: { main: Record<string, unknown> }
  notes: { context: SmtpContext }
  listeners: HarakaListener[]
  createServer(options: { nodes: 0; inactivity_timeout: number }): void
  setup_smtp_listeners(plugins: unknown, type: string, inactivityMs: number): void
  get_smtp_server(endpoint: { port: number }, inactivityMs: number): Promise<HarakaListener>
  stopListeners(): void
}

export interface HarakaPlugins {
  run_hooks(hook: string, connection: HarakaConnection, params?: unknown): void
}

export interface HarakaConnectionModule {
  Connection: typeof HarakaConnection
  createConnection(client: HarakaClient, server: HarakaListener): HarakaConnection
}

export interface HarakaLogger {
  log(level: string, text: string): boolean
  deferred_logs: unknown[]
}

export interface HarakaNetUtils {
  get_primary_host_name: () => string
  is_haproxy_allowed: (address: string) => boolean
}

export interface HarakaTls {
  certsByHost: { set(path: string, value: unknown): void }
  getSocketOpts(name: string): Promise<unknown>
}

export interface HarakaConstants {
  cont: number
  ok: number
  deny: number
  denysoft: number
  denydisconnect: number
  denysoftdisconnect: number
  connection: {
    state: Record<
      'CMD' | 'DATA' | 'PAUSE' | 'PAUSE_SMTP' | 'DISCONNECTING' | 'DISCONNECTED',
      number
    >
  }
}
