import type { Setting } from './setting-kinds.ts'
import { settingsIn, type SettingTree } from './setting-tree.ts'
import { variableOf } from './settings-environment.ts'
import { declaredSettings } from './settings.ts'

/** The settings for people: a table for the README and an example file, both made from the declaration. */

const toml = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
    : JSON.stringify(value)

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

/** A Markdown table of all keys. */
export function settingsTable(tree: SettingTree = declaredSettings): string {
  const head = ['key', 'default', 'what it is', 'type', 'environment']
  const rows = settingsIn(tree).map(({ key, kind, initial, example, about }) =>
    row([code(key), code(toml(example ?? initial)), about, kind, code(variableOf(key))]),
  )
  return [row(head), row(head.map(() => '---')), ...rows, ''].join('\n')
}

const code = (text: string): string => `\`${text}\``

/** `sluice.example.toml`: every key with its default, commented out. */
export function exampleFile(tree: SettingTree = declaredSettings): string {
  const lines = [
    '# Settings of Sluice. Copy this file to config/sluice.toml and take the # off what you change.',
    '# Relative paths count from the folder of the file. An environment variable overrides a key:',
    `# ${variableOf('delivery.route')} for delivery.route; with _FILE behind its name it names a file that holds the value.`,
    '# `npx sluice config check` says whether all is well.',
  ]
  let section = ''
  for (const setting of settingsIn(tree)) {
    const [head = '', key] = setting.key.split('.')
    if (key !== undefined && head !== section) lines.push('', `[${head}]`)
    if (key !== undefined) section = head
    lines.push('', ...describe(setting, key ?? head))
  }
  return `${lines.join('\n')}\n`
}

const describe = (
  { about, kind, initial, example }: Setting<string, unknown>,
  key: string,
): string[] => [`# ${about} (${kind})`, `#${key} = ${toml(example ?? initial)}`]
