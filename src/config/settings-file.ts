import { existsSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { unknownKey } from './nearest-name.ts'
import { defaultSettingsFile } from './paths.ts'
import { isTable } from './setting-kinds.ts'
import { SettingsError, type SettingsProblem } from './settings-error.ts'

/** What a settings file says: written values by key, and what is wrong with its keys. */
export interface WrittenSettings {
  /** The file's name as a person would type it. */
  source: string
  /** The folder relative to which the file's paths are resolved. */
  folder: string
  values: ReadonlyMap<string, unknown>
  problems: readonly SettingsProblem[]
}

/**
 * Reads the file that SLUICE_CONFIG names, or `config/sluice.toml`. null where none is named and none is there.
 * `keys`: all that there are. Throws SettingsError when it is named and can't be read, or when it is not valid TOML.
 */
export function readSettingsFile(
  named: string | undefined,
  keys: readonly string[],
): WrittenSettings | null {
  const file = named === undefined ? defaultSettingsFile : resolve(named)
  if (named === undefined && !existsSync(file)) return null
  const source = nameForPeople(file)
  const content = readContent(file, source)
  return { source, folder: dirname(file), ...sortKeys(parseToml(content, source), source, keys) }
}

const nameForPeople = (file: string): string => {
  const fromHere = relative(process.cwd(), file)
  return fromHere === '' || fromHere.startsWith('..') ? file : fromHere
}

function readContent(file: string, source: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new SettingsError([
      {
        key: 'SLUICE_CONFIG',
        problem: `${source} can't be read (${(error as NodeJS.ErrnoException).code ?? 'fault'})`,
        mend: 'name a file that exists and that this user may read',
      },
    ])
  }
}

function parseToml(content: string, source: string): Record<string, unknown> {
  try {
    return parse(content)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const words = error.message.split('\n', 1)[0]?.replace('Invalid TOML document: ', '') ?? ''
    throw new SettingsError([
      {
        source,
        key: `line ${error.line}, column ${error.column}`,
        problem: `invalid TOML: ${words}`,
        mend: 'fix the line: texts are written in quotes, sections in [brackets]',
      },
    ])
  }
}

function sortKeys(table: Record<string, unknown>, source: string, keys: readonly string[]) {
  const sections = new Set(keys.flatMap((key) => key.split('.').slice(0, -1)))
  const values = new Map<string, unknown>()
  const problems: SettingsProblem[] = []
  const take = (name: string, value: unknown): void => {
    if (keys.includes(name)) values.set(name, value)
    else problems.push({ source, key: name, ...unknownKey(name, [...keys, ...sections]) })
  }
  for (const [name, value] of Object.entries(table)) {
    if (!sections.has(name)) take(name, value)
    else if (isTable(value)) {
      for (const [key, inner] of Object.entries(value)) take(`${name}.${key}`, inner)
    } else {
      const mend = `write it as a section: [${name}]`
      problems.push({ source, key: name, problem: 'is a section, not a value', mend })
    }
  }
  return { values, problems }
}
