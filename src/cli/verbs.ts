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

const entry = (name: string, args: string, about: string): VerbEntry => ({
  name,
  args,
  about,
  load: fromFile(name),
})

const groups: readonly (readonly [string, readonly VerbEntry[]])[] = [
  [
    'The relay',
    [
      entry('start', '', 'Run all processes in the foreground; Ctrl-C stops them'),
      entry('config', 'check [--json] | table | example', 'Check the settings, or list them all'),
      entry('account', 'add | passwd | rm | list', 'Logins of those who submit mail'),
      entry('send-test', 'ADDRESS', 'Send a test mail through the relay'),
      entry('backup', 'FILE', 'Copy the store, also while the relay runs'),
      entry('restore', 'FILE', 'Put a copy in the place of the store; it comes up held'),
    ],
  ],
  [
    'The queue',
    [
      entry('mailq', '[filters]', 'List messages, open ones unless told otherwise'),
      entry('show', 'ID', 'All about one message'),
      entry('why', 'ID', 'What a message waits for, and when it goes on'),
      entry('retry', 'ID… | filters', 'Try again now'),
      entry('hold', 'ID… | filters', 'Keep from being sent until released'),
      entry('release', 'ID… | filters', 'Let go what is held'),
      entry('purge', 'ID… | filters', 'Take out of the queue for good, without a bounce'),
      entry('ledger', '', 'What was accepted and what became of it'),
    ],
  ],
]

export const findVerb = (name: string): VerbEntry | undefined =>
  groups.flatMap(([, entries]) => entries).find((each) => each.name === name)

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
