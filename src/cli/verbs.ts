import { nearestName } from '../config/nearest-name.ts'
import type { Verb } from './io.ts'

interface VerbEntry {
  name: string
  /** The rest of the command line, as the usage shows it. */
  args: string
  about: string
  load: () => Promise<{ run: Verb }>
}

const fromFile = (name: string) => async (): Promise<{ run: Verb }> =>
  (await import(`./${name}.ts`)) as { run: Verb }

const entry = (
  name: string,
  args: string,
  about: string,
  load: VerbEntry['load'] = fromFile(name),
): VerbEntry => ({ name, args, about, load })

const groups: readonly (readonly [string, readonly VerbEntry[]])[] = [
  [
    'The relay',
    [
      entry(
        'start',
        '',
        'Run all processes in the foreground; Ctrl-C stops them',
        () => import('./start.ts'),
      ),
      entry(
        'config',
        'check [--json] | table | example',
        'Check the settings, or list them all',
        () => import('./config.ts'),
      ),
      entry(
        'backup',
        'FILE',
        'Copy the store, also while it is in use',
        () => import('./backup.ts'),
      ),
      entry(
        'restore',
        'FILE',
        'Put a copy in the place of the store; the relay must be stopped',
        () => import('./restore.ts'),
      ),
      entry('account', 'add | passwd | rm | list', 'Logins of those who submit mail'),
      entry('send-test', 'ADDRESS', 'Send a test mail through the relay'),
      entry(
        'backup',
        'FILE',
        'Copy the store, also while the relay runs',
        () => import('./backup.ts'),
      ),
      entry(
        'restore',
        'FILE',
        'Put a copy in the place of the store; it comes up held',
        () => import('./restore.ts'),
      ),
    ],
  ],
  [
    'The queue',
    [
      entry(
        'mailq',
        '[filters]',
        'List messages, open ones unless told otherwise',
        () => import('./mailq.ts'),
      ),
      entry('show', 'ID', 'All about one message', () => import('./show.ts')),
      entry('why', 'ID', 'What a message waits for, and when it goes on', () => import('./why.ts')),
      entry('retry', 'ID… | filters', 'Try again now', () => import('./retry.ts')),
      entry(
        'hold',
        'ID… | filters',
        'Keep from being sent until released',
        () => import('./hold.ts'),
      ),
      entry('release', 'ID… | filters', 'Let go what is held', () => import('./release.ts')),
      entry(
        'purge',
        'ID… | filters',
        'Take out of the queue for good, without a bounce',
        () => import('./purge.ts'),
      ),
      entry('ledger', '', 'What was accepted and what became of it', () => import('./ledger.ts')),
    ],
  ],
]

const verbs = groups.flatMap(([, entries]) => entries)

export const findVerb = (name: string): VerbEntry | undefined =>
  verbs.find((each) => each.name === name)

/** The verb that was probably meant. */
export const nearestVerb = (given: string): string | null =>
  nearestName(
    given,
    verbs.map(({ name }) => name),
  )

export function usage(): string {
  const lines = groups.flatMap(([title, entries]) => [
    '',
    `${title}:`,
    ...entries.map(({ name, args, about }) => `  ${`${name} ${args}`.padEnd(42)}${about}`),
  ])
  return [
    'usage: sluice <verb> …',
    ...lines,
    '',
    'sluice --version says which release this is.',
    '',
  ].join('\n')
}
