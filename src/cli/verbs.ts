import { nearestName } from '../config/nearest-name.ts'
import type { Verb } from './io.ts'

/** A verb's file is loaded only when it is called: each needs other rooms, and `mailq` should not wait for all. */
const files = {
  start: () => import('./start.ts'),
  stop: () => import('./stop.ts'),
  status: () => import('./status.ts'),
  config: () => import('./config.ts'),
  backup: () => import('./backup.ts'),
  restore: () => import('./restore.ts'),
  account: () => import('./account.ts'),
  key: () => import('./key.ts'),
  'send-test': () => import('./send-test.ts'),
  mailq: () => import('./mailq.ts'),
  show: () => import('./show.ts'),
  why: () => import('./why.ts'),
  retry: () => import('./retry.ts'),
  hold: () => import('./hold.ts'),
  release: () => import('./release.ts'),
  purge: () => import('./purge.ts'),
  ledger: () => import('./ledger.ts'),
} satisfies Record<string, () => Promise<{ run: Verb }>>

type VerbName = keyof typeof files

/** Name, the rest of the command line as the usage shows it, what it does. */
type Entry = readonly [name: VerbName, args: string, about: string]

const groups: readonly { title: string; entries: readonly Entry[] }[] = [
  {
    title: 'The relay',
    entries: [
      ['start', '', 'Run all processes in the foreground; Ctrl-C stops them'],
      ['stop', '', 'End the relay, in order'],
      ['status', '[--json]', 'What runs, where it listens, whether it is ready'],
      ['config', 'check [--json] | table | example', 'Check the settings, or list them all'],
      ['account', 'add | passwd | limit | rm | list', 'Logins of those who submit mail'],
      ['key', 'add | revoke', 'Keys for the API'],
      ['send-test', 'ADDRESS [--account NAME]', 'Send a test mail through the relay'],
      ['backup', 'FILE', 'Copy the store, also while the relay runs'],
      ['restore', 'FILE', 'Put a copy in the place of the store; it comes up held'],
    ],
  },
  {
    title: 'The queue',
    entries: [
      ['mailq', '[filters]', 'List messages, open ones unless told otherwise'],
      ['show', 'ID', 'All about one message'],
      ['why', 'ID', 'What a message waits for, and when it goes on'],
      ['retry', 'ID… | filters', 'Try again now'],
      ['hold', 'ID… | filters', 'Keep from being sent until released'],
      ['release', 'ID… | filters', 'Let go what is held'],
      ['purge', 'ID… | filters', 'Take out of the queue for good, without a bounce'],
      ['ledger', '', 'What was accepted and what became of it'],
    ],
  },
]

export const verbNames = Object.keys(files) as VerbName[]

/** Loads the verb of this name; null when there is none. */
export async function loadVerb(given: string): Promise<Verb | null> {
  const name = verbNames.find((each) => each === given)
  return name === undefined ? null : (await files[name]()).run
}

/** The verb that was probably meant. */
export const nearestVerb = (given: string): string | null => nearestName(given, verbNames)

export function usage(): string {
  const lines = groups.flatMap(({ title, entries }) => [
    '',
    `${title}:`,
    ...entries.map(([name, args, about]) => `  ${`${name} ${args}`.padEnd(41)} ${about}`),
  ])
  const last = ['', 'sluice --version says which release this is.', '']
  return ['usage: sluice <verb> …', ...lines, ...last].join('\n')
}
