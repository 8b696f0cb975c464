import { second } from '../time/clock.ts'
import {
  choice,
  count,
  countOrNone,
  duration,
  factor,
  list,
  longestTimer,
  path,
  text,
  toggle,
  type Key,
} from './setting-kinds.ts'
import { domain, hostname, listenAddress, network, resolver, route } from './setting-values.ts'

/**
 * Every setting, once: its key, its default, how it is read, and what is said about it. The README's table, the example
 * file, the names of the environment variables and the types of the values are all made from this list.
 *
 * It is a list of our own and no TypeBox schema because each of the five processes reads it at its start: TypeBox takes
 * 23 MB and 140 ms a process there (measured), and its messages don't say what to write instead.
 */
export const settingKeys = {
  hostname: text(
    'localhost',
    'Name in the banner, EHLO, Received and bounce messages; with route "mx" a fully qualified domain name',
    hostname,
  ),
  data_dir: path('var', 'Folder for everything that Sluice keeps', '../var'),

  'submission.listen': list(['127.0.0.1:2587'], 'Submission with STARTTLS', listenAddress),
  'submission.listen_tls': list(
    ['127.0.0.1:2465'],
    'Submission with implicit TLS (RFC 8314)',
    listenAddress,
  ),
  'submission.max_message_bytes': count(
    26 * 1024 * 1024,
    1024,
    'Largest message, in bytes, announced as SIZE (RFC 1870)',
    1024 ** 3,
  ),
  'submission.max_recipients': count(
    1000,
    100,
    'Recipients of one message (RFC 5321 §4.5.3.1.8: at least 100)',
    10_000, // they all go to the store in one command
  ),
  'submission.max_connections': count(1000, 1, 'Open connections in total'),
  'submission.max_connections_per_client': count(
    200,
    1,
    'Open connections from one address; trusted networks are exempt',
  ),
  'submission.idle_timeout': duration(
    '5m',
    second,
    'How long a client may be silent before its connection is closed (RFC 5321 §4.5.3.2.7)',
    longestTimer,
  ),
  'submission.data_timeout': duration(
    '15m',
    second,
    'Longest time for the content of one message (DATA)',
    longestTimer,
  ),

  'tls.cert': path(
    '',
    'Certificate chain, PEM; empty: a self-signed one, where Sluice listens on loopback only',
  ),
  'tls.key': path('', 'Its private key, PEM'),

  'api.listen': list(
    ['127.0.0.1:8080'],
    'HTTP API; an address other than loopback is refused without TLS',
    listenAddress,
  ),
  'api.tls': toggle(false, 'Serve the API over TLS with the certificate of [tls]'),

  'metrics.listen': list(
    [],
    'Where `/metrics` is served without a key, on loopback or a private network: "127.0.0.1:9125"; empty: only by the API, with a key',
    listenAddress,
  ),

  'redis.socket': path('', 'Unix socket of your own Redis; empty: Sluice runs one'),

  'delivery.route': text('sandbox', '"sandbox", "mx" or "smtp://host:port"', route),
  'delivery.port': count(25, 1, 'Port of MX hosts', 65_535),
  'delivery.resolver': text(
    '',
    'DNS server, as address or address:port; empty: those of the system',
    resolver,
  ),
  'delivery.private_destinations': choice(
    'auto',
    ['auto', 'refuse', 'allow'],
    'MX hosts on loopback and private addresses; auto: refused with delivery.port 25, allowed with another port (for tests)',
  ),
  'delivery.ipv6': toggle(false, 'Use IPv6 addresses of MX hosts, after their IPv4 ones'),
  'delivery.connections': count(500, 1, 'Outgoing connections in total'),
  'delivery.connections_per_host': count(
    5,
    1,
    'Outgoing connections to one provider, such as all domains whose mail Google takes',
  ),
  'delivery.connections_smarthost': count(
    20,
    1,
    'Outgoing connections to a smarthost or the sandbox',
  ),
  'delivery.messages_per_connection': count(
    50,
    1,
    'Messages sent over one connection to an MX host before it is closed',
  ),
  'delivery.rest_after_failures': count(
    10,
    1,
    'Connection failures in a row after which a set of MX hosts is left alone for a while',
  ),
  'delivery.rest': duration(
    '5m',
    0,
    'How long they are left alone; a smarthost for 30 s at most, since all mail waits for it',
    longestTimer,
  ),
  'delivery.retry_first': duration('5m', 1, 'Wait after the first failed try'),
  'delivery.retry_longest': duration('4h', 1, 'Longest wait between tries'),
  'delivery.retry_factor': factor(1.6, 1, 'Factor by which the wait grows from try to try'),
  'delivery.unknown_domain_grace': duration(
    '30m',
    0,
    'How long a domain that DNS does not know is tried again before its mail bounces; 0: it bounces at once',
  ),
  'delivery.lifetime': duration(
    '5d',
    1,
    'A message not delivered by then is returned (RFC 5321 §4.5.4.1)',
  ),
  'delivery.connect_timeout': duration(
    '30s',
    1,
    'Longest wait for a connection, for each address of a host',
    longestTimer,
  ),
  'delivery.reply_timeout': duration(
    '5m',
    1,
    'Longest wait for a reply; after the final dot twice as long (RFC 5321 §4.5.3.2)',
    longestTimer,
  ),

  'relay.local_domains': list(
    [],
    "The customer's own domains: recipients there do not count against limits",
    domain,
  ),
  'relay.trusted_networks': list([], 'Networks that relay without login, CIDR', network),
  'relay.allow_wide': list(
    [],
    'Trusted networks wider than /16 (IPv6 /32) must be listed here too',
    network,
  ),
  'relay.daily_recipients': countOrNone(
    300,
    'Recipients outside local_domains per submitter in any 24 hours; "none": no limit; 0: nothing may be sent',
  ),
  'relay.hourly_recipients': countOrNone(
    'none',
    'Recipients outside local_domains per submitter in any 60 minutes, beside the daily limit; "none": no limit',
  ),

  'retention.delivered_content': duration(
    '0',
    0,
    'How long the content of a delivered message is kept',
  ),
  'retention.failed_content': duration(
    '3d',
    0,
    'How long the content of a message with bounced, expired or purged recipients is kept, to be reopened',
  ),
  'retention.records': duration(
    '30d',
    0,
    'How long settled messages, attempts and events can be looked up',
  ),

  'log.level': choice(
    'info',
    ['trace', 'debug', 'info', 'warn', 'error'],
    'Lowest level that is logged',
  ),
  'log.max_file_bytes': count(
    32 * 1024 * 1024,
    64 * 1024,
    'Size at which the log file of a process is rotated, in bytes',
    1024 ** 3,
  ),
  'log.files': count(5, 1, 'Log files kept for each process, the current one included', 100),
}

export type SettingKey = keyof typeof settingKeys

/** The values as they were read, by key. */
export type ReadValues = {
  [K in SettingKey]: (typeof settingKeys)[K] extends Key<infer V> ? V : never
}

export const settingNames = Object.keys(settingKeys) as SettingKey[]

/** `delivery.route` is overridden by SLUICE_DELIVERY_ROUTE. */
export const variableOf = (key: SettingKey): string =>
  `SLUICE_${key.replace('.', '_').toUpperCase()}`
