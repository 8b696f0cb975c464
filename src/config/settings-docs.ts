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
  const rows = settingsIn(tree).flatMap((setting) => {
    const { key, sections } = setting
    if (!sections) return rowOf(setting, key, code(variableOf(key)))
    const whole = row([
      code(sections.header),
      'none',
      setting.about,
      setting.kind,
      code(variableOf(key)),
    ])
    const name = sections.header.slice(1, -1)
    return [whole, ...sections.settings.map((each) => rowOf(each, `${name}.${each.key}`, ''))]
  })
  return [row(head), row(head.map(() => '---')), ...rows, ''].join('\n')
}

const rowOf = (setting: Setting<string, unknown>, key: string, variable: string): string => {
  const initial = hasDefault(setting) ? code(shownValue(setting)) : whenLeftOut(setting)
  return row([code(key), initial, setting.about, setting.kind, variable])
}

const code = (text: string): string => `\`${text}\``

const hasDefault = ({ initial }: Setting<string, unknown>): boolean => initial !== undefined
const whenLeftOut = ({ read }: Setting<string, unknown>): string =>
  read(undefined, '').ok ? 'optional' : 'required'
const shownValue = ({ initial, example }: Setting<string, unknown>): string =>
  toml(example ?? initial)

/** `sluice.example.toml`: every key with its default, commented out. Sections with free names come last. */
export function exampleFile(tree: SettingTree = declaredSettings): string {
  const lines = [
    '# Settings of Sluice. Copy this file to config/sluice.toml and take the # off what you change.',
    '# Relative paths count from the folder of the file. An environment variable overrides a key:',
    `# ${variableOf('delivery.route')} for delivery.route; with _FILE behind its name it names a file that holds the value.`,
    '# `npx sluice config check` says whether all is well.',
  ]
  const settings = settingsIn(tree)
  let section = ''
  for (const setting of settings.filter(({ sections }) => !sections)) {
    const [head = '', key] = setting.key.split('.')
    if (key !== undefined && head !== section) lines.push('', `[${head}]`)
    if (key !== undefined) section = head
    lines.push('', ...describe(setting, key ?? head))
  }
  for (const { about, sections } of settings) {
    if (!sections) continue
    lines.push('', `# ${about}`, `#${sections.header}`)
    for (const each of sections.settings) lines.push('', ...describe(each, each.key))
  }
  return `${lines.join('\n')}\n`
}

const describe = (setting: Setting<string, unknown>, key: string): string[] => {
  const type = hasDefault(setting) ? setting.kind : `${setting.kind}; ${whenLeftOut(setting)}`
  return [`# ${setting.about} (${type})`, `#${key} = ${shownValue(setting)}`]
}
