import type { ReadValues } from './setting-keys.ts'
import type { Settings } from './settings.ts'

/** Makes the frozen tree of settings that the rooms get from values that have passed `checkSettings`. */
export function toSettings(values: ReadValues): Settings {
  const { 'tls.cert': cert, 'tls.key': key } = values
  return freeze<Settings>({
    hostname: values.hostname,
    dataDir: values.data_dir ?? '',
    submission: submissionSettings(values),
    tls: cert !== null && key !== null ? { cert, key } : null,
    api: { listen: values['api.listen'], tls: values['api.tls'] },
    metrics: { listen: values['metrics.listen'] },
    redisSocket: values['redis.socket'],
    delivery: deliverySettings(values),
    relay: {
      localDomains: values['relay.local_domains'],
      trustedNetworks: values['relay.trusted_networks'],
      dailyRecipients: values['relay.daily_recipients'],
      hourlyRecipients: values['relay.hourly_recipients'],
    },
    retention: {
      deliveredContentMs: values['retention.delivered_content'],
      failedContentMs: values['retention.failed_content'],
      recordsMs: values['retention.records'],
    },
    logLevel: values['log.level'],
    logFiles: { maxBytes: values['log.max_file_bytes'], files: values['log.files'] },
  })
}

const submissionSettings = (values: ReadValues): Settings['submission'] => ({
  listen: values['submission.listen'],
  listenTls: values['submission.listen_tls'],
  maxMessageBytes: values['submission.max_message_bytes'],
  maxRecipients: values['submission.max_recipients'],
  maxConnections: values['submission.max_connections'],
  maxConnectionsPerClient: values['submission.max_connections_per_client'],
  idleTimeoutMs: values['submission.idle_timeout'],
  dataTimeoutMs: values['submission.data_timeout'],
})

const deliverySettings = (values: ReadValues): Settings['delivery'] => ({
  route: values['delivery.route'],
  port: values['delivery.port'],
  resolver: values['delivery.resolver'],
  allowPrivateDestinations: allowsPrivate(values),
  ipv6: values['delivery.ipv6'],
  connections: values['delivery.connections'],
  connectionsPerHost: values['delivery.connections_per_host'],
  connectionsSmarthost: values['delivery.connections_smarthost'],
  messagesPerConnection: values['delivery.messages_per_connection'],
  restAfterFailures: values['delivery.rest_after_failures'],
  restMs: values['delivery.rest'],
  retryFirstMs: values['delivery.retry_first'],
  retryLongestMs: values['delivery.retry_longest'],
  retryFactor: values['delivery.retry_factor'],
  unknownDomainGraceMs: values['delivery.unknown_domain_grace'],
  lifetimeMs: values['delivery.lifetime'],
  connectTimeoutMs: values['delivery.connect_timeout'],
  replyTimeoutMs: values['delivery.reply_timeout'],
})

/** Mail on the Internet is received on port 25 only, so another port means a test environment. */
const allowsPrivate = (values: ReadValues): boolean =>
  values['delivery.private_destinations'] === 'allow' ||
  (values['delivery.private_destinations'] === 'auto' && values['delivery.port'] !== 25)

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value) as unknown[]) {
    if (typeof inner === 'object' && inner !== null) freeze(inner)
  }
  return Object.freeze(value)
}
