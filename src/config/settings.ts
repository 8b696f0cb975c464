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
  /** Empty: metrics are served by the API alone. */
  readonly metrics: { readonly listen: readonly string[] }
  /** null: Sluice runs its own at `<dataDir>/redis/redis.sock`. */
  readonly redisSocket: string | null
  readonly delivery: {
    readonly route: string
    readonly port: number
    /** `address:port`; null: the system's. */
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
    /** From the acceptance of the message. */
    readonly unknownDomainGraceMs: number
    readonly lifetimeMs: number
    readonly connectTimeoutMs: number
    readonly replyTimeoutMs: number
  }
  readonly relay: {
    readonly localDomains: readonly string[]
    readonly trustedNetworks: readonly string[]
    readonly dailyRecipients: number | null
    readonly hourlyRecipients: number | null
  }
  readonly retention: {
    readonly deliveredContentMs: number
    readonly failedContentMs: number
    readonly recordsMs: number
  }
  readonly logLevel: string
  /** Of each process. */
  readonly logFiles: { readonly maxBytes: number; readonly files: number }
}
