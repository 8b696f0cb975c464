import { parse } from 'smol-toml'
import { unknownKey } from './nearest-name.ts'
import { projectRoot } from './paths.ts'
import {
  bad,
  good,
  isTable,
  wrongType,
  type Parsed,
  type Setting,
  type SettingProblem,
} from './setting-kinds.ts'
import {
  settingsIn,
  toTree,
  type ReadValues,
  type SettingTree,
  type ValueOf,
} from './setting-tree.ts'

interface Declared<T extends SettingTree> {
  about: string
  /** Checks the name of a section and brings it into the form by which the rooms find it. */
  name: (written: string) => Parsed<string>
  /** A name for the docs. */
  example: string
  /** What each section holds. The keys of these settings are those within the section: `first`. */
  each: T
}

/**
 * Sections whose names the operator chooses, all with the same settings: `[retry.google]` and `[retry.microsoft]` are the
 * key `retry`. Read by name; without any, there are none. Their variable has all of them as TOML, and replaces those of the file.
 */
export function namedSections<K extends string, T extends SettingTree>(
  key: K,
  { about, name, example, each }: Declared<T>,
): Setting<K, Readonly<Record<string, ValueOf<T>>>> {
  const header = `[${key}.${nameInKey(example)}]`
  return {
    key,
    kind: 'sections; in the variable as TOML',
    initial: {},
    about,
    sections: { header, settings: settingsIn(each) },
    fromText: tableFromText,
    read: (written, folder) =>
      isTable(written)
        ? readSections({ name, header, each }, written, folder)
        : wrongType(written, `write a section with a name: ${header}`),
  }
}

interface Shape<T extends SettingTree> extends Pick<Declared<T>, 'name' | 'each'> {
  header: string
}

function readSections<T extends SettingTree>(
  shape: Shape<T>,
  written: Record<string, unknown>,
  folder: string,
): Parsed<Record<string, ValueOf<T>>> {
  // Without a prototype: no name finds what nobody has written
  const byName = Object.create(null) as Record<string, ValueOf<T>>
  const problems: SettingProblem[] = []
  for (const [given, inner] of Object.entries(written)) {
    const name = shape.name(given)
    const reading = !name.ok
      ? name
      : name.value in byName
        ? bad(`is a second section ${nameInKey(name.value)}`, 'write all its keys in one section')
        : readSection(shape, inner, folder)
    if (name.ok && reading.ok) byName[name.value] = reading.value
    if (!reading.ok) problems.push(...reading.problems.map(within(given)))
  }
  return problems.length > 0 ? { ok: false, problems } : good(byName)
}

function readSection<T extends SettingTree>(
  { each, header }: Shape<T>,
  written: unknown,
  folder: string,
): Parsed<ValueOf<T>> {
  if (!isTable(written)) return bad('is not in a section', `write it below a name: ${header}`)
  const settings = settingsIn(each)
  const keys = settings.map(({ key }) => key)
  const dotted = Object.keys(written).find((key) => !keys.includes(key) && isTable(written[key]))
  if (dotted !== undefined) {
    const mend = 'write a name with a dot in quotes, such as "example.org"'
    return bad(`has a section ${nameInKey(dotted)} in it`, mend)
  }
  const problems: SettingProblem[] = Object.keys(written)
    .filter((key) => !keys.includes(key))
    .map((key) => within(key)(unknownKey(key, keys)))
  const values: Record<string, unknown> = {}
  for (const { key, initial, read } of settings) {
    const isWritten = Object.hasOwn(written, key)
    const reading = isWritten ? read(written[key], folder) : read(initial, projectRoot)
    if (reading.ok) values[key] = reading.value
    else problems.push(...reading.problems.map(within(key)))
  }
  return problems.length > 0 ? { ok: false, problems } : good(toTree(each, values as ReadValues<T>))
}

const within =
  (name: string) =>
  (problem: SettingProblem): SettingProblem => ({
    ...problem,
    within: [name, ...(problem.within ?? [])],
  })

/** As it has to be written in TOML. */
export const nameInKey = (name: string): string =>
  /^[\w-]+$/.test(name) ? name : JSON.stringify(name)

function tableFromText(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return text
  }
}

/** A setting of a section that may be left out: null then. The default that it is declared with is only an example. */
export const optional = <K extends string, V>(setting: Setting<K, V>): Setting<K, V | null> => ({
  ...withoutDefault(setting),
  read: (written, folder) => (written === undefined ? good(null) : setting.read(written, folder)),
})

/** A setting that each section must have. The default that it is declared with is only an example. */
export const required = <K extends string, V>(setting: Setting<K, V>): Setting<K, V> => {
  const whole = withoutDefault(setting)
  const mend = `write it, such as ${setting.key} = ${JSON.stringify(whole.example)}`
  return {
    ...whole,
    read: (written, folder) =>
      written === undefined ? bad('is missing', mend) : setting.read(written, folder),
  }
}

const withoutDefault = <K extends string, V>(setting: Setting<K, V>) => ({
  ...setting,
  initial: undefined,
  example: setting.example ?? setting.initial,
})
