/**
 * config is in charge of the settings: one TOML file, environment variables over it, secrets by file. It is the only
 * room that reads the environment. Everything else gets a frozen value of the type below, or a part of it.
 */
import { Type, type Static } from 'typebox'

const Listen = Type.Array(Type.String(), { minItems: 1 })
const Duration = (defaultText: string, description: string) =>
  Type.String({ default: defaultText, format: 'duration', description })
const Count = (defaultValue: number, minimum: number, description: string) =>
  Type.Integer({ default: defaultValue, minimum, description })

/** The schema is the one truth: defaults, types, the README's table and the example file are made from it. */
export const SettingsSchema = Type.Object({
  hostname: Type.String({
    default: 'localhost',
    description: 'Name in the banner, EHLO, Received and DSNs; with route "mx" a fully qualified domain name',
  }),
  data_dir: Type.String({ default: 'var', description: 'Folder for everything that Sluice keeps' }),
  submission: Type.Object({
    listen: { ...Listen, default: ['127.0.0.1:2587'], description: 'Submission with STARTTLS' },
    listen_tls: { ...Listen, default: ['127.0.0.1:2465'], description: 'Submission with implicit TLS (RFC 8314)' },
    max_message_bytes: Count(26_214_400 + 1_048_576, 1024, 'Largest message, in bytes, said in SIZE (RFC 1870)'),
    max_recipients: Type.Integer({ default: 1000, minimum: 100, maximum: 65_535, description: 'Recipients of one message (RFC 5321 §4.5.3.1.8: at least 100)' }),
    max_connections: Count(1000, 1, 'Open connections over all'),
    max_connections_per_client: Count(200, 1, 'Open connections from one address; trusted networks are exempt'),
    idle_timeout: Duration('5m', 'A silent client is sent away after this (RFC 5321 §4.5.3.2.7)'),
    data_timeout: Duration('15m', 'Longest time for one DATA, however slowly it comes'),
  }),
  tls: Type.Object({
    cert: Type.String({ default: '', description: 'Certificate chain, PEM; empty: self-signed at a first start that stays on loopback' }),
    key: Type.String({ default: '', description: 'Its private key, PEM' }),
  }),
  api: Type.Object({
    listen: { ...Listen, default: ['127.0.0.1:8080'], description: 'HTTP API; an address other than loopback is refused without TLS' },
    tls: Type.Boolean({ default: false, description: 'Serve the API over TLS with the certificate of [tls]' }),
  }),
  redis: Type.Object({
    socket: Type.String({ default: '', description: "Unix socket of a Redis of yours; empty: Sluice runs its own" }),
  }),
  delivery: Type.Object({
    route: Type.String({ default: 'sandbox', description: '"sandbox", "mx" or "smtp://host:port"' }),
    port: Type.Integer({ default: 25, minimum: 1, maximum: 65_535, description: 'Port of MX hosts' }),
    resolver: Type.String({ default: '', description: 'DNS server as address or address:port; empty: the system’s' }),
    private_destinations: Type.Union([Type.Literal('auto'), Type.Literal('refuse'), Type.Literal('allow')], {
      default: 'auto',
      description: 'MX hosts on loopback and private addresses; auto: refused on port 25, allowed on another (a laboratory)',
    }),
    ipv6: Type.Boolean({ default: false, description: 'Use IPv6 addresses of MX hosts, after their IPv4 ones' }),
    connections: Count(500, 1, 'Outgoing connections over all'),
    connections_per_host: Count(5, 1, 'Outgoing connections to one set of MX hosts'),
    connections_smarthost: Count(20, 1, 'Outgoing connections to a smarthost or the sandbox'),
    messages_per_connection: Count(50, 1, 'Messages sent over one connection to an MX host before it is closed'),
    rest_after_failures: Count(10, 1, 'Connection failures in a row after which a set of MX hosts is left alone for a while'),
    rest: Duration('5m', 'How long that while is'),
    retry_first: Duration('5m', 'Wait after the first failed try'),
    retry_longest: Duration('4h', 'Longest wait between tries'),
    retry_factor: Type.Number({ default: 1.6, minimum: 1, description: 'Growth of the wait from try to try' }),
    lifetime: Duration('5d', 'A message not delivered by then is returned (RFC 5321 §4.5.4.1)'),
    connect_timeout: Duration('30s', 'Longest wait for a connection'),
    reply_timeout: Duration('5m', 'Longest wait for a reply; after the final dot twice as long (RFC 5321 §4.5.3.2)'),
  }),
  relay: Type.Object({
    local_domains: Type.Array(Type.String(), { default: [], description: "The customer's own domains: recipients there do not count against the daily limit" }),
    trusted_networks: Type.Array(Type.String(), { default: [], description: 'Networks that relay without login, CIDR' }),
    allow_wide: Type.Array(Type.String(), { default: [], description: 'Trusted networks wider than /16 (IPv6 /32) must be listed here too' }),
    daily_recipients: Type.Union([Type.Integer({ minimum: 0 }), Type.Literal('none')], {
      default: 300,
      description: 'Recipients outside local_domains per submitter in any 24 hours; "none": no limit; 0: nothing may be sent',
    }),
  }),
  retention: Type.Object({
    delivered_content: Duration('0', 'How long the bytes of a delivered message are kept'),
    failed_content: Duration('3d', 'How long the bytes of a message with failed recipients are kept'),
    records: Duration('30d', 'How long settled messages, attempts and events can be looked up'),
  }),
  log: Type.Object({
    level: Type.Union(
      [Type.Literal('trace'), Type.Literal('debug'), Type.Literal('info'), Type.Literal('warn'), Type.Literal('error')],
      { default: 'info', description: 'Least level that is logged' },
    ),
  }),
})

/** As written in the file: durations are texts, paths may be relative. */
export type RawSettings = Static<typeof SettingsSchema>

/** As used: paths are absolute, durations are milliseconds under the same key + `_ms`-less name (see `toSettings`). */
export interface Settings {
  readonly hostname: string
  readonly dataDir: string
  readonly submission: {
    readonly listen: readonly string[]
    readonly listenTls: readonly string[]
    readonly maxMessageBytes: number
    readonly maxRecipients: number
    readonly maxConnections: number
    readonly maxConnectionsPerClient: number
    readonly idleTimeoutMs: number
    readonly dataTimeoutMs: number
  }
  /** Absolute paths; null where the self-signed pair under `<dataDir>/tls` is used. */
  readonly tls: { readonly cert: string; readonly key: string } | null
  readonly api: { readonly listen: readonly string[]; readonly tls: boolean }
  /** null: Sluice runs its own at `<dataDir>/redis/redis.sock`. */
  readonly redisSocket: string | null
  readonly delivery: {
    readonly route: string
    readonly port: number
    readonly resolver: string | null
    /** `auto` is already decided here. */
    readonly allowPrivateDestinations: boolean
    readonly ipv6: boolean
    readonly connections: number
    readonly connectionsPerHost: number
    readonly connectionsSmarthost: number
    readonly messagesPerConnection: number
    readonly restAfterFailures: number
    readonly restMs: number
    readonly retryFirstMs: number
    readonly retryLongestMs: number
    readonly retryFactor: number
    readonly lifetimeMs: number
    readonly connectTimeoutMs: number
    readonly replyTimeoutMs: number
  }
  readonly relay: {
    readonly localDomains: readonly string[]
    readonly trustedNetworks: readonly string[]
    readonly dailyRecipients: number | null
  }
  readonly retention: {
    readonly deliveredContentMs: number
    readonly failedContentMs: number
    readonly recordsMs: number
  }
  readonly logLevel: string
}
