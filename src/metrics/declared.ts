/** Every metric of the relay, once. docs/metrics.md is made from this list. */
import { refusalReasons } from '../words/refusal-reason.ts'
import { openStatuses, settledStatuses, statusesInUse } from '../words/status.ts'
import { Declarations } from './declare.ts'
import type { Metric, Reporter } from './metric.ts'

const declare = new Declarations()
/** All of them, in the order of this file. */
export const allMetrics: readonly Metric[] = declare.all

const reporters = [
  'smtp',
  'delivery',
  'store',
  'api',
  'supervisor',
] as const satisfies readonly Reporter[]

// Mail that comes in

export const acceptedMessages = declare.counts(
  {
    name: 'sluice_accepted_messages_total',
    help: 'Messages accepted, by the kind of their submitter; system is a bounce message of the relay itself',
    by: ['store'],
  },
  'submitter',
  ['account', 'network', 'system'],
)
export const acceptedRecipients = declare.count({
  name: 'sluice_accepted_recipients_total',
  help: 'Recipients of accepted messages',
  by: ['store'],
})
export const acceptedBytes = declare.count({
  name: 'sluice_accepted_bytes_total',
  help: 'Bytes of accepted messages',
  by: ['store'],
})
export const refused = declare.counts(
  {
    name: 'sluice_refusals_total',
    help: 'Clients, logins, recipients and messages refused at the door, by reason',
    by: ['smtp'],
  },
  'reason',
  refusalReasons,
)

export const acceptSeconds = declare.histogram(
  {
    name: 'sluice_accept_seconds',
    help: 'From DATA to the 250 of an accepted message, the time that the client takes to send it included',
    by: ['smtp'],
  },
  [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
)

// The queue

export const queueRecipients = declare.gaugeBy(
  {
    name: 'sluice_queue_recipients',
    help: 'Open recipients by state; what becomes due within the current minute counts as queued',
    by: ['store'],
  },
  'state',
  statusesInUse(openStatuses),
)
export const queueDestinations = declare.gauge({
  name: 'sluice_queue_destinations',
  help: 'Destinations with open recipients',
  by: ['store'],
})
export const queueOldestSeconds = declare.gauge({
  name: 'sluice_queue_oldest_seconds',
  help: 'Time since the oldest message with open recipients was accepted, held ones included; 0 where nothing is open',
  by: ['store'],
})
export const queueOldestDueSeconds = declare.gauge({
  name: 'sluice_queue_oldest_due_seconds',
  help: 'For how long the longest due recipient that is not held has been due, rounded down to a minute: grows where mail is not tried',
  by: ['store'],
})
export const settledRecipients = declare.counts(
  {
    name: 'sluice_settled_recipients_total',
    help: 'Recipients settled, by what became of them; suppressed is 0 in this release',
    by: ['store'],
  },
  'kind',
  settledStatuses,
)
export const reopenedRecipients = declare.count({
  name: 'sluice_reopened_recipients_total',
  help: 'Settled recipients that were opened again',
  by: ['store'],
})
export const ledgerDifference = declare.gauge({
  name: 'sluice_ledger_difference',
  help: 'accepted + reopened − settled − open, counted from the database at most once in ten minutes; anything but 0 is a fault',
  by: ['api'],
})

// Mail that goes out

/** Above all that can be: the providers that Sluice knows, the host sets that get a name, and the routes of the settings. */
const mostProviders = 80
const replyClasses = ['2xx', '4xx', '5xx', 'none'] as const
export type ReplyClass = (typeof replyClasses)[number]
export const attempts = declare.namedCountsBy(
  {
    name: 'sluice_attempts_total',
    help: 'Attempts, one for each host that was tried, by provider and by the class of its reply; none: no reply, as the connection failed or broke',
    by: ['delivery'],
  },
  ['provider', mostProviders],
  ['reply', replyClasses],
)
export const attemptSeconds = declare.histogram(
  {
    name: 'sluice_attempt_seconds',
    help: 'How long an attempt at one host took, connection included where one was opened',
    by: ['delivery'],
  },
  [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
)
export const deliverySeconds = declare.histogram(
  {
    name: 'sluice_delivery_seconds',
    help: 'From the moment a recipient was due (accepted, or due again after a wait) until its delivery was recorded',
    by: ['store'],
  },
  [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 14_400, 86_400],
)
export const lanes = declare.gauge({
  name: 'sluice_lanes',
  help: 'Lanes with something to do',
  by: ['delivery'],
})
export const restingHostSets = declare.gauge({
  name: 'sluice_resting_host_sets',
  help: 'Host sets with due mail that are left alone for a while, as connections to them failed in a row',
  by: ['delivery'],
})
export const redisUsable = declare.gauge({
  name: 'sluice_redis_usable',
  help: '1: delivery uses Redis; 0: it cannot, and nothing is sent',
  by: ['delivery'],
})

// Connections

export const connections = declare.gaugeBy(
  {
    name: 'sluice_connections',
    help: 'Open connections; in: of clients to smtp; out: to remote hosts; idle: those of out that wait for the next message',
    by: ['smtp', 'delivery'],
  },
  'side',
  ['in', 'out', 'idle'],
)
export const sessions = declare.gaugeBy(
  {
    name: 'sluice_sessions_open',
    help: 'Open SMTP sessions of clients: before their login, logged in (or trusted), in a transaction',
    by: ['smtp'],
  },
  'stage',
  ['before_login', 'logged_in', 'in_transaction'],
)
export const certificateDaysLeft = declare.gauge({
  name: 'sluice_certificate_days_left',
  help: 'Days until the certificate that smtp loaded at its start expires; negative once it has',
  by: ['smtp'],
})

// The store and its disk

export const commitSeconds = declare.histogram(
  {
    name: 'sluice_commit_seconds',
    help: 'How long one group of commands took, from the first statement to the end of its commit; its count is the number of groups',
    by: ['store'],
  },
  [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
)
export const storeBytes = declare.gaugeBy(
  {
    name: 'sluice_store_bytes',
    help: 'Sizes of the files of the store; log is the write-ahead log (WAL)',
    by: ['store'],
  },
  'file',
  ['database', 'log'],
)
export const diskBytes = declare.gaugeBy(
  {
    name: 'sluice_disk_bytes',
    help: 'The file system of the data folder; free is what the user of the relay may still take',
    by: ['store'],
  },
  'what',
  ['size', 'free'],
)
export const takesMail = declare.gauge({
  name: 'sluice_takes_mail',
  help: '1: new mail is accepted; 0: it is refused, as free space is short',
  by: ['store'],
})
export const sendsMail = declare.gauge({
  name: 'sluice_sends_mail',
  help: '0: nothing new is sent and operations wait, as free space is short and the write-ahead log cannot be moved into the database; else 1',
  by: ['store'],
})
export const clockJumpSeconds = declare.gauge({
  name: 'sluice_clock_jump_seconds',
  help: 'How far the clock of the machine is ahead of the time that the relay acts on, after a jump that nobody has accepted; 0: it is steady',
  by: ['store'],
})

// The processes

export const processUp = declare.gaugeBy(
  {
    name: 'sluice_process_up',
    help: '1: the process answered this scrape in time; 0: it did not, and its numbers are missing here. redis: whether it runs, where Sluice runs it',
    by: ['supervisor'],
  },
  'process',
  [...reporters, 'redis'],
)
export const processStarts = declare.counterBy(
  {
    name: 'sluice_process_starts_total',
    help: 'How often the supervisor has started the process; more than 1: it died',
    by: ['supervisor'],
  },
  'process',
  ['store', 'smtp', 'delivery', 'api', 'redis'],
)
export const buildInfo = declare.info(
  {
    name: 'sluice_build_info',
    help: 'Always 1; the versions of Sluice and of Node.js that run',
    by: ['supervisor'],
  },
  ['version', 'node'],
)
export const memoryBytes = declare.gaugeBy(
  { name: 'sluice_memory_bytes', help: 'Memory of the process', by: 'each' },
  'kind',
  ['resident', 'heap_used', 'heap_total', 'external'],
)
export const cpuSeconds = declare.counterBy(
  { name: 'sluice_cpu_seconds_total', help: 'Processor time of the process', by: 'each' },
  'mode',
  ['user', 'system'],
)
export const eventLoopLagSeconds = declare.histogram(
  {
    name: 'sluice_event_loop_lag_seconds',
    help: 'By how much a timer of 100 ms came late: for so long the process could do nothing else',
    by: 'each',
  },
  [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
)
export const eventLoopBusySeconds = declare.counterBy(
  {
    name: 'sluice_event_loop_seconds_total',
    help: 'How long the event loop worked or waited; busy near 1 s per second is a process at its limit',
    by: 'each',
  },
  'state',
  ['busy', 'idle'],
)
