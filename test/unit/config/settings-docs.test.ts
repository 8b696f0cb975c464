import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { expect, test } from 'vitest'
import { projectRoot } from '../../../src/config/paths.ts'
import { settingsIn } from '../../../src/config/setting-tree.ts'
import { exampleFile, settingsTable } from '../../../src/config/settings-docs.ts'
import { declaredSettings } from '../../../src/config/settings.ts'

const inProject = (...path: string[]): string => readFileSync(join(projectRoot, ...path), 'utf8')

test('config/sluice.example.toml is what `sluice config example` prints', () => {
  expect(inProject('config', 'sluice.example.toml')).toBe(exampleFile())
})

test('the README’s table is what `sluice config table` prints', () => {
  const [, section] = inProject('README.md').split(/<!-- \/?settings -->/)
  expect(section?.trim()).toBe(settingsTable().trim())
})

test('the example file with every # taken off is valid, and means the defaults', () => {
  const table = parse(exampleFile().replaceAll(/^#(?=\w+ = )/gm, ''))
  // Sections with free names have no default (named-sections.test.ts)
  const settings = settingsIn(declaredSettings).filter(({ sections }) => !sections)
  for (const { key: name, initial, example } of settings) {
    const [section = '', key] = name.split('.')
    const inner = table[section]
    const written = key === undefined ? inner : (inner as Record<string, unknown>)[key]
    expect(written, name).toEqual(example ?? initial)
  }
})
