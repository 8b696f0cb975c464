import { day, second } from '../time/clock.ts'
import { deliverySettings } from './delivery-settings.ts'
import {
  choice,
  count,
  countOrNone,
  duration,
  durationOrAuto,
  folder,
  list,
  longestTimer,
  path,
  text,
  toggle,
} from './setting-kinds.ts'
import { combined, type ReadValues, type ValueOf } from './setting-tree.ts'
import { domain, hostname, listenAddress, network } from './setting-values.ts'

const recordsMs = duration('retention.records', '30d', {
  about: 'How long settled messages, attempts and events can be looked up',
  least: 0,
})

/**
 * Every setting, once: its name in the code, its key and default in the settings file, its type with its bounds, and what
 * it is for. What the rooms get (`Settings`), the names of the environment variables, the README's table and the example
 * file are all made from this. The longest section has a file of its own.
 *
 * It is a declaration of our own and no TypeBox schema because each of the five processes reads it at its start: TypeBox
 * takes 23 MB and 140 ms a process there (measured), and its messages don't say what to write instead.
 */
export const declaredSettings = {
  hostname: text('hostname', 'localhost', {
    about:
      'Name in the banner, EHLO, Received and bounce messages; with route "mx" a fully qualified domain name',
    parse: hostname,
  }),
  dataDir: folder('data_dir', 'var', {
    about: 'Folder for everything that Sluice keeps',
    example: '../var',
  }),

  submission: {
    listen: list('submission.listen', ['127.0.0.1:2587'], {
      about: 'Submission with STARTTLS',
      each: listenAddress,
    }),
    listenTls: list('submission.listen_tls', ['127.0.0.1:2465'], {
      about: 'Submission with implicit TLS (RFC 8314)',
      each: listenAddress,
    }),
    maxMessageBytes: count('submission.max_message_bytes', 26 * 1024 * 1024, {
      about: 'Largest message, in bytes, announced as SIZE (RFC 1870)',
      least: 1024,
      most: 1024 ** 3,
    }),
    eightBit: choice('submission.eight_bit', 'send', {
      about:
        'Content with 8-bit octets: "send" it as it is, also to a host that does not offer 8BITMIME (RFC 6152 §3), or "refuse" it with 554 5.6.3',
      among: ['send', 'refuse'],
    }),
    longLines: choice('submission.long_lines', 'send', {
      about:
        'Content with lines of more than 998 octets (RFC 5321 §4.5.3.1.6): "send" it as it is, or "refuse" it with 554 5.6.0',
      among: ['send', 'refuse'],
    }),
    maxRecipients: count('submission.max_recipients', 1000, {
      about: 'Recipients of one message (RFC 5321 §4.5.3.1.8: at least 100)',
      least: 100,
      most: 10_000, // they all go to the store in one command
    }),
    maxConnections: count('submission.max_connections', 1000, {
      about: 'Open connections in total',
      least: 1,
    }),
    maxConnectionsPerClient: count('submission.max_connections_per_client', 200, {
      about: 'Open connections from one address; trusted networks are exempt',
      least: 1,
    }),
    lineEndings: choice('submission.line_endings', 'refuse', {
      about:
        'A bare LF in a message from a client that has logged in; normalize: it becomes CRLF. Neither setting lets it end a message',
      among: ['refuse', 'normalize'],
    }),
    idleTimeoutMs: duration('submission.idle_timeout', '5m', {
      about:
        'How long a client may be silent before its connection is closed (RFC 5321 §4.5.3.2.7)',
      least: second,
      most: longestTimer,
    }),
    dataTimeoutMs: duration('submission.data_timeout', '15m', {
      about: 'Longest time for the content of one message (DATA)',
      least: second,
      most: longestTimer,
    }),
  },

  /** null: the self-signed pair under `<dataDir>/tls` is used. */
  tls: combined(
    {
      cert: path('tls.cert', '', {
        about:
          'Certificate chain, PEM; empty: a self-signed one, where Sluice listens on loopback only',
      }),
      key: path('tls.key', '', { about: 'Its private key, PEM' }),
    },
    ({ cert, key }) => (cert !== null && key !== null ? { cert, key } : null),
  ),

  api: {
    listen: list('api.listen', ['127.0.0.1:8080'], {
      about: 'HTTP API; an address other than loopback is refused without TLS',
      each: listenAddress,
    }),
    trustedProxies: list('api.trusted_proxies', [], {
      about:
        'Networks of reverse proxies in front of the API: of requests from there the last other address in X-Forwarded-For counts',
      each: network,
    }),
    tls: toggle('api.tls', false, {
      about: 'Serve the API over TLS with the certificate of [tls]',
    }),
  },

  metrics: {
    /** Empty: metrics are served by the API alone. */
    listen: list('metrics.listen', [], {
      about:
        'Where `/metrics` is served without a key, on loopback or a private network: "127.0.0.1:9125"; empty: only by the API, with a key',
      each: listenAddress,
    }),
  },

  /** null: Sluice runs its own at `<dataDir>/redis/redis.sock`. */
  redisSocket: path('redis.socket', '', {
    about: 'Unix socket of your own Redis; empty: Sluice runs one',
  }),

  delivery: deliverySettings,

  relay: {
    localDomains: list('relay.local_domains', [], {
      about: "The customer's own domains: recipients there do not count against limits",
      each: domain,
    }),
    trustedNetworks: combined(
      {
        trusted: list('relay.trusted_networks', [], {
          about: 'Networks that relay without login, CIDR',
          each: network,
        }),
        allowWide: list('relay.allow_wide', [], {
          about: 'Trusted networks wider than /16 (IPv6 /32) must be listed here too',
          each: network,
        }),
      },
      // The second list only confirms the first (check-settings.ts)
      ({ trusted }) => trusted,
    ),
    /** null: no limit. */
    dailyRecipients: countOrNone('relay.daily_recipients', 300, {
      about:
        'Recipients outside local_domains per submitter in any 24 hours, counted by clock hours; "none": no limit; 0: nothing may be sent',
    }),
    hourlyRecipients: countOrNone('relay.hourly_recipients', 'none', {
      about:
        'Recipients outside local_domains per submitter in any 60 minutes, counted by clock minutes, beside the daily limit; "none": no limit',
    }),
  },

  retention: {
    deliveredContentMs: combined(
      {
        set: durationOrAuto('retention.delivered_content', {
          about:
            'How long the content of a delivered message is kept; auto: a day with the route "sandbox", which has swallowed it, else it is not kept',
          least: 0,
        }),
        route: deliverySettings.route,
        recordsMs,
      },
      ({ set, route, recordsMs: most }) => set ?? (route === 'sandbox' ? Math.min(day, most) : 0),
    ),
    failedContentMs: duration('retention.failed_content', '3d', {
      about:
        'How long the content of a message with bounced, expired or purged recipients is kept, to be reopened',
      least: 0,
    }),
    recordsMs,
    auditMs: duration('retention.audit', '400d', {
      about: 'How long the audit log tells who changed what and who read content',
      least: day,
    }),
  },

  logLevel: choice('log.level', 'info', {
    about: 'Lowest level that is logged',
    among: ['trace', 'debug', 'info', 'warn', 'error'],
  }),
  /** Of each process. */
  logFiles: {
    maxBytes: count('log.max_file_bytes', 32 * 1024 * 1024, {
      about: 'Size at which the log file of a process is rotated, in bytes',
      least: 64 * 1024,
      most: 1024 ** 3,
    }),
    files: count('log.files', 5, {
      about: 'Log files kept for each process, the current one included',
      least: 1,
      most: 100,
    }),
  },
}

/** What the rooms get: absolute paths, durations in milliseconds, names and addresses in their canonical form. */
export type Settings = ValueOf<typeof declaredSettings>

/** The values by their keys in the settings file. */
export type SettingValues = ReadValues<typeof declaredSettings>
export type SettingKey = keyof SettingValues
