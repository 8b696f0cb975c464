import { settingKeys, settingNames, variableOf, type SettingKey } from './setting-keys.ts'

/** The settings for people: a table for the README and an example file, both made from the list of keys. */

const toml = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
    : JSON.stringify(value)

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

/** A Markdown table of all keys. */
export function settingsTable(): string {
  const head = ['key', 'default', 'what it is', 'type', 'environment']
  const rows = settingNames.map((name) => {
    const { kind, initial, example, about } = settingKeys[name]
    return row([code(name), code(toml(example ?? initial)), about, kind, code(variableOf(name))])
  })
  return [row(head), row(head.map(() => '---')), ...rows, ''].join('\n')
}

const code = (text: string): string => `\`${text}\``

/** `sluice.example.toml`: every key with its default, commented out. */
export function exampleFile(): string {
  const lines = [
    '# Settings of Sluice. Copy this file to config/sluice.toml and take the # off what you change.',
    '# Relative paths count from the folder of the file. An environment variable overrides a key:',
    `# ${variableOf('delivery.route')} for delivery.route; with _FILE behind its name it names a file that holds the value.`,
    '# `npx sluice config check` says whether all is well.',
  ]
  let section = ''
  for (const name of settingNames) {
    const [head = '', key] = name.split('.')
    if (key !== undefined && head !== section) lines.push('', `[${head}]`)
    if (key !== undefined) section = head
    lines.push('', ...describeKey(name, key ?? head))
  }
  return `${lines.join('\n')}\n`
}

function describeKey(name: SettingKey, key: string): string[] {
  const { about, kind, initial, example } = settingKeys[name]
  return [`# ${about} (${kind})`, `#${key} = ${toml(example ?? initial)}`]
}
