import { choice, count, duration, factor, longestTimer, text, toggle } from './setting-kinds.ts'
import { combined } from './setting-tree.ts'
import { resolver, route } from './setting-values.ts'

const port = count('delivery.port', 25, { about: 'Port of MX hosts', least: 1, most: 65_535 })

/** The section [delivery]. */
export const deliverySettings = {
  route: text('delivery.route', 'sandbox', {
    about: '"sandbox", "mx" or "smtp://host:port"',
    parse: route,
  }),
  port,
  /** `address:port`; null: the system's. */
  resolver: text('delivery.resolver', '', {
    about: 'DNS server, as address or address:port; empty: those of the system',
    parse: resolver,
  }),
  allowPrivateDestinations: combined(
    {
      choice: choice('delivery.private_destinations', 'auto', {
        about:
          'MX hosts on loopback and private addresses; auto: refused with delivery.port 25, allowed with another port (for tests)',
        among: ['auto', 'refuse', 'allow'],
      }),
      port,
    },
    // Mail on the Internet is received on port 25 only, so another port means a test environment.
    (set) => set.choice === 'allow' || (set.choice === 'auto' && set.port !== 25),
  ),
  ipv6: toggle('delivery.ipv6', false, {
    about: 'Use IPv6 addresses of MX hosts, after their IPv4 ones',
  }),
  connections: count('delivery.connections', 500, {
    about: 'Outgoing connections in total',
    least: 1,
  }),
  connectionsPerHost: count('delivery.connections_per_host', 5, {
    about: 'Outgoing connections to one provider, such as all domains whose mail Google takes',
    least: 1,
  }),
  connectionsSmarthost: count('delivery.connections_smarthost', 20, {
    about: 'Outgoing connections to a smarthost or the sandbox',
    least: 1,
  }),
  messagesPerConnection: count('delivery.messages_per_connection', 50, {
    about: 'Messages sent over one connection to an MX host before it is closed',
    least: 1,
  }),
  restAfterFailures: count('delivery.rest_after_failures', 10, {
    about: 'Connection failures in a row after which a set of MX hosts is left alone for a while',
    least: 1,
  }),
  restMs: duration('delivery.rest', '5m', {
    about:
      'How long they are left alone; a smarthost for 30 s at most, since all mail waits for it',
    least: 0,
    most: longestTimer,
  }),
  retryFirstMs: duration('delivery.retry_first', '5m', {
    about:
      'Wait after the first failed try; each wait is made up to a tenth shorter or longer, at random',
    least: 1,
  }),
  retryLongestMs: duration('delivery.retry_longest', '4h', {
    about: 'Longest wait between tries',
    least: 1,
  }),
  retryFactor: factor('delivery.retry_factor', 1.6, {
    about: 'Factor by which the wait grows from try to try',
    least: 1,
  }),
  /** From the acceptance of the message. */
  unknownDomainGraceMs: duration('delivery.unknown_domain_grace', '30m', {
    about:
      'How long a domain that DNS does not know is tried again before its mail bounces; 0: it bounces at once',
    least: 0,
  }),
  /** From the acceptance of the message; 0: never. */
  delayNoticeMs: duration('delivery.delay_notice', '4h', {
    about:
      'The sender is told of a message not delivered by then, where it asked for that (NOTIFY=DELAY, RFC 3461); 0: never',
    least: 0,
  }),
  lifetimeMs: duration('delivery.lifetime', '5d', {
    about: 'A message not delivered by then is returned (RFC 5321 §4.5.4.1)',
    least: 1,
  }),
  connectTimeoutMs: duration('delivery.connect_timeout', '30s', {
    about: 'Longest wait for a connection, for each address of a host',
    least: 1,
    most: longestTimer,
  }),
  replyTimeoutMs: duration('delivery.reply_timeout', '5m', {
    about: 'Longest wait for a reply; after the final dot twice as long (RFC 5321 §4.5.3.2)',
    least: 1,
    most: longestTimer,
  }),
}
