import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { expect, test } from 'vitest'
import { loadDeclared } from '../../../src/config/load-settings.ts'
import { namedSections, optional, required } from '../../../src/config/named-sections.ts'
import { count, duration, path, text } from '../../../src/config/setting-kinds.ts'
import { domain, hostname } from '../../../src/config/setting-values.ts'
import { exampleFile, settingsTable } from '../../../src/config/settings-docs.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

const declared = {
  hostname: text('hostname', 'localhost', { about: 'Name', parse: hostname }),
  signatures: namedSections('signing', {
    about: 'Signature of the mail of a domain',
    name: domain,
    example: 'example.org',
    each: {
      selector: required(text('selector', 's1', { about: 'Its selector', parse: hostname })),
      key: required(path('key', '/etc/key.pem', { about: 'Its private key' })),
      ageMs: optional(duration('max_age', '7d', { about: 'When it ends', least: 1 })),
      bits: count('bits', 2048, { about: 'Size of the key', least: 1024, most: 4096 }),
    },
  }),
}

/** What a file of this content and these variables give; `folder` is where it lies. */
function load(toml: string, env: Record<string, string> = {}) {
  using folder = tempFolder()
  const file = join(folder.path, 'sluice.toml')
  writeFileSync(file, toml)
  const settings = loadDeclared(declared, () => [], { SLUICE_CONFIG: file, ...env })
  return { settings, folder: folder.path }
}

const complaints = (toml: string, env: Record<string, string> = {}): string[] => {
  try {
    load(toml, env)
    return []
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .map((line) => line.replace(/^\S*\/sluice/, 'sluice'))
  }
}

const org = '[signing."example.org"]\nselector = "a"\nkey = "org.pem"\n'

test('without a section there is none', () => {
  expect(load('').settings).toEqual({ hostname: 'localhost', signatures: {} })
})

test('sections are found by name, with their own values, defaults, and null for what may be left out', () => {
  const { settings, folder } = load(
    `${org}[signing."Bücher.example"]\nselector = "B"\nkey = "/b.pem"\nmax_age = "1d"\nbits = 1024\n`,
  )
  expect(settings.signatures).toEqual({
    'example.org': { selector: 'a', key: join(folder, 'org.pem'), ageMs: null, bits: 2048 },
    'xn--bcher-kva.example': { selector: 'b', key: '/b.pem', ageMs: 86_400_000, bits: 1024 },
  })
  // @ts-expect-error -- a section that nobody wrote is undefined
  expect(settings.signatures['example.org'].bits.toFixed()).toBe('2048')
  // @ts-expect-error -- no setting of a section has this name
  expect(settings.signatures['example.org']?.size).toBeUndefined()
})

test('a name that nobody wrote finds nothing', () => {
  const { signatures } = load(org).settings
  for (const name of ['constructor', 'toString', '__proto__']) {
    expect(signatures[name]).toBeUndefined()
  }
})

test('sections are frozen to the last leaf', () => {
  const { signatures } = load(org).settings
  expect(() => Object.assign(signatures, { 'example.net': {} })).toThrow(TypeError)
  expect(() => Object.assign(signatures['example.org'] ?? {}, { bits: 1 })).toThrow(TypeError)
})

test('all problems are told at once, each with the key, the name as TOML has it, and how to fix it', () => {
  expect(
    complaints('[signing."example.org"]\nselectr = "a"\nbits = 1\n[signing.net]\nkey = "k"\n'),
  ).toEqual([
    'sluice.toml: signing."example.org".selectr: unknown key — write selector, or remove it',
    'sluice.toml: signing."example.org".selector: is missing — write it, such as selector = "s1"',
    'sluice.toml: signing."example.org".key: is missing — write it, such as key = "/etc/key.pem"',
    'sluice.toml: signing."example.org".bits: 1 is out of range — write a whole number, 1024 to 4096',
    'sluice.toml: signing.net.selector: is missing — write it, such as selector = "s1"',
  ])
})

test('a check of several settings can complain about one section', () => {
  using folder = tempFolder()
  const file = join(folder.path, 'sluice.toml')
  writeFileSync(file, org)
  const check = () => [
    { key: 'signing', within: ['example.org', 'key'], problem: 'is weak', mend: 'make another' },
  ]
  expect(() => loadDeclared(declared, check, { SLUICE_CONFIG: file })).toThrow(
    /sluice\.toml: signing\."example\.org"\.key: is weak — make another$/,
  )
})

test.each([
  ['[signing."a b"]\nselector = "a"\nkey = "k"', 'signing."a b": "a b" is not a domain — write a '],
  [
    'signing = 3',
    'signing: 3 is of the wrong type — write a section with a name: [signing."exampl',
  ],
  [
    '[[signing]]\nkey = "k"',
    'signing: [{"key":"k"}] is of the wrong type — write a section with a',
  ],
  [
    '[signing]\nkey = "k"',
    'signing.key: is not in a section — write it below a name: [signing."ex',
  ],
  [
    '[signing.example.org]\nkey = "k"',
    'signing.example: has a section org in it — write a name with a dot in quotes, such as "example.org"',
  ],
  [
    `${org}[signing."EXAMPLE.org"]\nselector = "a"\nkey = "k"`,
    'signing."EXAMPLE.org": is a second section "exa',
  ],
  ['[signin."example.org"]\nselector = "a"', 'signin: unknown key — write signing, or remove it'],
])('%j is refused in one line', (toml, start) => {
  expect(complaints(toml)).toEqual([expect.stringContaining(`sluice.toml: ${start}`)])
})

test('a variable has all sections as TOML and replaces those of the file; it may name a file', () => {
  const net = '["example.net"]\nselector = "n"\nkey = "/n.pem"'
  const names = (env: Record<string, string>) => Object.keys(load(org, env).settings.signatures)
  expect(names({ SLUICE_SIGNING: net })).toEqual(['example.net'])
  expect(names({ SLUICE_SIGNING: '' })).toEqual([])
  using folder = tempFolder()
  writeFileSync(join(folder.path, 'signing.toml'), `${net}\n`)
  expect(names({ SLUICE_SIGNING_FILE: join(folder.path, 'signing.toml') })).toEqual(['example.net'])
  expect(complaints('', { SLUICE_SIGNING: 'example.net' })).toEqual([
    'SLUICE_SIGNING: signing: "example.net" is of the wrong type — write a section with a name: [signing."example.org"]',
  ])
  expect(complaints('', { SLUICE_SIGNING: '["example.net"]\nbits = 2048\nkey = "k"' })).toEqual([
    'SLUICE_SIGNING: signing."example.net".selector: is missing — write it, such as selector = "s1"',
  ])
})

test('the docs list what a section holds, and which of it has to be there', () => {
  expect(settingsTable(declared).split('\n').slice(3)).toEqual([
    '| `[signing."example.org"]` | none | Signature of the mail of a domain | sections; in the variable as TOML | `SLUICE_SIGNING` |',
    '| `signing."example.org".selector` | required | Its selector | text |  |',
    '| `signing."example.org".key` | required | Its private key | path |  |',
    '| `signing."example.org".max_age` | optional | When it ends | duration |  |',
    '| `signing."example.org".bits` | `2048` | Size of the key | integer |  |',
    '',
  ])
})

test('the example file with every # taken off is valid', () => {
  const toml = exampleFile(declared).replaceAll(/^#(?=\w+ = |\[)/gm, '')
  expect(parse(toml)).toMatchObject({ hostname: 'localhost' })
  expect(load(toml).settings.signatures).toEqual({
    'example.org': { selector: 's1', key: '/etc/key.pem', ageMs: 7 * 86_400_000, bits: 2048 },
  })
})
