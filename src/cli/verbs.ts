import { nearestName } from '../config/nearest-name.ts'
import { exitStatus } from './exit-status.ts'
import type { Io, Verb, LoadedVerb } from './io.ts'

/** A verb's file is loaded only when the verb is called: `mailq` should not wait for what `start` needs. */
const files = {
  start: () => import('./start.ts'),
  stop: () => import('./stop.ts'),
  status: () => import('./status.ts'),
  config: () => import('./config.ts'),
  backup: () => import('./backup.ts'),
  restore: () => import('./restore.ts'),
  account: () => import('./account.ts'),
  key: () => import('./key.ts'),
  clock: () => import('./clock.ts'),
  'send-test': () => import('./send-test.ts'),
  mailq: () => import('./mailq.ts'),
  summary: () => import('./summary.ts'),
  show: () => import('./show.ts'),
  why: () => import('./why.ts'),
  log: () => import('./log.ts'),
  retry: async () => (await import('./action-verbs.ts')).retry,
  hold: async () => (await import('./action-verbs.ts')).hold,
  release: async () => (await import('./action-verbs.ts')).release,
  purge: async () => (await import('./action-verbs.ts')).purge,
  reopen: async () => (await import('./action-verbs.ts')).reopen,
  holds: () => import('./holds.ts'),
  operations: () => import('./operations.ts'),
  ledger: () => import('./ledger.ts'),
  refusals: () => import('./refusals.ts'),
  audit: () => import('./audit.ts'),
} satisfies Record<string, () => Promise<LoadedVerb>>

export type VerbName = keyof typeof files

const nothingChanged =
  'nothing matches, an id is not found, or nothing of a message is left to change'

/** When a verb ends with exit status 1; null: never. */
export const negativeAnswers: Readonly<Record<VerbName, string | null>> = {
  start: null,
  stop: null,
  status: 'the relay is not ready, or only in part',
  config: null,
  backup: null,
  restore: 'there is no such file',
  account:
    'there is no such account, there is one of this name already, or name or password is not allowed',
  key: '`revoke`: there is no such key, it was revoked before, or several keys have this name',
  clock: null,
  'send-test': 'no password was given',
  mailq: 'filters were given, and no message matches (an empty queue is 0)',
  summary: 'a destination or submitter was named, and nothing of it is open',
  show: 'an id is not found, or the content is not kept',
  why: 'an id is not found',
  log: 'no line was found',
  retry: nothingChanged,
  hold: nothingChanged,
  release: nothingChanged,
  purge: `${nothingChanged}; or a person did not confirm it`,
  reopen: nothingChanged,
  holds: '`lift`: the party has no such hold',
  operations: 'there is no such operation, or it can not be stopped any more',
  ledger: 'the two sides differ',
  refusals: 'filters were given, and nothing matches (nothing refused is 0)',
  audit: null,
}

/** Verbs that src/bin carries out before anything of ours is loaded. */
const launcherVerbs = ['setup'] as const

/** Name, the rest of the command line as the usage shows it, and what the verb does. */
type Entry = readonly [name: VerbName | (typeof launcherVerbs)[number], args: string, about: string]

const groups: readonly { title: string; entries: readonly Entry[] }[] = [
  {
    title: 'The relay',
    entries: [
      ['setup', '', 'Fetch what a start needs and is missing; start nothing'],
      ['start', '', 'Run all processes in the foreground; Ctrl-C stops them'],
      ['stop', '', 'Stop the relay in order: take no new mail, finish what is in hand'],
      ['status', '[--json]', 'What runs, where it listens, whether it is ready'],
      [
        'config',
        'check [--json] | table | example',
        'Validate the settings, list them, or print an example file',
      ],
      [
        'account',
        'add | passwd | limit | rm | list',
        'Logins of those who submit mail: add, change, list',
      ],
      ['key', 'add | list | revoke', 'Keys for the API: add, list, revoke'],
      ['clock', 'accept', 'After a jump of the clock: accept the new time at once'],
      ['send-test', 'ADDRESS [--account NAME]', 'Send a test mail through the relay'],
      ['backup', 'FILE', 'Back up the store, also while the relay runs'],
      [
        'restore',
        'FILE',
        'Replace the store with a backup (stop the relay first); its open mail starts on hold',
      ],
    ],
  },
  {
    title: 'The queue',
    entries: [
      ['mailq', '[filters]', 'List messages; by default the open ones'],
      ['summary', '[--by submitter]', 'What waits where, since when, why, and until when'],
      ['show', 'ID…', 'All about a message: its recipients, attempts, content'],
      ['why', 'ID…', 'What a message waits for, and when it goes on'],
      ['log', '[ID | ADDRESS] [--follow]', 'What happened to mail, from the logs of all processes'],
      ['retry', 'ID… | filters', 'Try again now'],
      ['hold', 'ID… | filters', 'Hold messages until they are released'],
      ['release', 'ID… | filters', 'Release held messages; after a restore with --party restore'],
      ['purge', 'ID… | filters', 'Take out of the queue; no bounce message is sent'],
      ['reopen', 'ID… | filters', 'Send again what bounced, expired or was purged'],
      ['holds', '[set | lift …]', 'Standing holds: list, set or lift'],
      ['operations', '[ID] | stop ID', 'Retries, holds, purges and the like: list, show or stop'],
      ['ledger', '[--days]', 'What was accepted and what became of it'],
      ['refusals', '[--hours]', 'What the SMTP server refused, and to whom'],
      ['audit', '[--actor WHO]', 'Who changed what, and who read content'],
    ],
  },
]

export const verbNames = Object.keys(files) as VerbName[]

/** Loads the verb of this name, with its answer to --help; null when there is no such verb. */
export async function loadVerb(given: string): Promise<Verb | null> {
  const name = verbNames.find((each) => each === given)
  if (name === undefined) return null
  const { run, usage: ownUsage } = await files[name]()
  return (args, io) => (asksForHelp(args) ? sayHelp(name, ownUsage, io) : run(args, io))
}

/** What follows `--` is not an option. */
const asksForHelp = (args: readonly string[]): boolean =>
  args
    .slice(0, args.includes('--') ? args.indexOf('--') : args.length)
    .some((arg) => arg === '--help' || arg === '-h')

function sayHelp(name: VerbName, ownUsage: string, io: Io): Promise<number> {
  const entry = groups.flatMap(({ entries }) => entries).find(([each]) => each === name)
  io.out.write(`${ownUsage}\n\n${entry?.[2] ?? ''}.\n`)
  return Promise.resolve(exitStatus.ok)
}

/** The verb that was probably meant; null: none is similar. */
export const nearestVerb = (given: string): string | null =>
  nearestName(given, [...verbNames, ...launcherVerbs, 'help'])

export function usage(): string {
  const lines = groups.flatMap(({ title, entries }) => [
    '',
    `${title}:`,
    ...entries.map(([name, args, about]) => `  ${`${name} ${args}`.padEnd(41)} ${about}`),
  ])
  const last = ['', 'sluice help VERB describes one verb; sluice --version prints the release.', '']
  return ['usage: sluice <verb> …', ...lines, ...last].join('\n')
}
