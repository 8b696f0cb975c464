import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { main } from '../../../src/cli/main.ts'
import { loadVerb, verbNames } from '../../../src/cli/verbs.ts'
import { projectRoot } from '../../../src/config/paths.ts'
import { versionWithCommit } from '../../../src/config/version.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

/** What a command line prints and returns. */
async function sluice(...args: string[]) {
  let out = ''
  let err = ''
  const status = await main(args, {
    in: process.stdin,
    out: { write: (text) => (out += String(text)) },
    err: { write: (text) => (err += String(text)) },
  })
  return { status, out, err }
}

afterEach(() => {
  vi.unstubAllEnvs()
})

test('the usage names every verb, and every verb can be loaded', async () => {
  const { out } = await sluice('help')
  for (const name of verbNames) {
    expect(out, name).toMatch(new RegExp(`^  ${name} .+`, 'm'))
    expect(await loadVerb(name), name).toBeTypeOf('function')
  }
})

test('every file that is a verb can be called', () => {
  const folder = join(projectRoot, 'src', 'cli')
  const verbs = readdirSync(folder).flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    const ownVerb = /^export (?:async function|function|const) run\b/m.test(text)
    const actions = [...text.matchAll(/^export const (\w+) = actionVerb\(/gm)]
    return [...(ownVerb ? [file.replace('.ts', '')] : []), ...actions.map(([, name]) => name)]
  })
  expect(verbs.sort()).toEqual([...verbNames].sort())
})

test.each([...verbNames])('%s says how it is called, whichever way it is asked', async (name) => {
  const asked = await sluice(name, '--help')
  expect(asked).toMatchObject({ status: 0, err: '' })
  expect(asked.out).toMatch(new RegExp(`^usage: sluice ${name}\\b`))
  expect(await sluice(name, '-h')).toEqual(asked)
  expect(await sluice(name, 'ID', '--json', '--help')).toEqual(asked)
  expect(await sluice('help', name)).toEqual(asked)
})

test('help for a verb that there is none of is a wrong usage', async () => {
  expect(await sluice('help', 'mailq\u001b')).toEqual({
    status: 64,
    out: '',
    err: 'sluice: there is no verb "mailq\\u001b". Did you mean mailq? Try: sluice help\n',
  })
})

test('what follows -- is no question for help', async () => {
  const { status, err } = await sluice('why', '--url', 'ftp://x', '--', '-h')
  expect(status).toBe(64)
  expect(err).toContain('invalid API address "ftp://x"')
})

test('no verb is help, and --version says which release this is', async () => {
  expect(await sluice()).toEqual(await sluice('--help'))
  expect(await sluice('--version')).toEqual({
    status: 0,
    out: `sluice ${versionWithCommit()}\n`,
    err: '',
  })
})

test('an unknown verb is a wrong usage, and says where the right ones are', async () => {
  expect(await sluice('mialq')).toEqual({
    status: 64,
    out: '',
    err: 'sluice: there is no verb "mialq". Did you mean mailq? Try: sluice help\n',
  })
  expect((await sluice('setpu')).err).toContain('Did you mean setup?')
  expect((await sluice('start', 'now')).status).toBe(64)
  expect((await sluice('config', 'chekc')).status).toBe(64)
})

test.each([
  ['account', 'account: add | passwd | limit | rm | list is missing', /sluice account list/],
  ['key', 'key: add | list | revoke is missing', /sluice key revoke ID\|NAME/],
  ['key add', 'key add: NAME is missing', /^usage: sluice key add NAME \[options\]\n$/],
  ['key revoke', 'key revoke: ID|NAME is missing', /^usage: sluice key revoke ID\|NAME\n$/],
  ['config', 'config: check | table | example is missing', /sluice config check/],
  ['config table --json', '--json goes with check', /sluice config check/],
  ['backup', 'backup: FILE is missing', /^usage: sluice backup FILE\n$/],
  ['restore a b', 'unexpected argument "b"', /^usage: sluice restore FILE\n$/],
  ['send-test', 'send-test: ADDRESS is missing', /^usage: sluice send-test ADDRESS/],
  ['start now', 'unexpected argument "now"', /^usage: sluice start\n$/],
  ['show', 'ID is missing', /^usage: sluice show ID…/],
])('"sluice %s" names what is missing or wrong, and shows the form', async (words, why, form) => {
  const { status, out, err } = await sluice(...words.split(' '))
  expect({ status, out }).toEqual({ status: 64, out: '' })
  expect(err).toMatch(`sluice: ${why}`)
  expect(err.slice(err.indexOf('\n') + 1)).toMatch(form)
})

test('a module that is missing is said in one line, with what to type', async () => {
  const fault = Object.assign(new Error("Cannot find package 'x'"), {
    code: 'ERR_MODULE_NOT_FOUND',
  })
  vi.doMock('../../../src/cli/ledger.ts', () => ({ usage: '', run: () => Promise.reject(fault) }))
  const { status, err } = await sluice('ledger')
  vi.doUnmock('../../../src/cli/ledger.ts')
  expect(status).toBe(69)
  expect(err).toMatch(/^sluice: node_modules is not whole \(.*\)\. Type: npm ci\n$/)
})

test('a fault of ours is one line with its place, and no stack', async () => {
  vi.doMock('../../../src/cli/ledger.ts', () => ({
    usage: '',
    run: () => Promise.reject(new TypeError('x is\nnot a function')),
  }))
  const { status, err } = await sluice('ledger')
  vi.doUnmock('../../../src/cli/ledger.ts')
  expect(status).toBe(70)
  expect(err).toMatch(/^sluice: internal error: x is\\u000anot a function.*\n$/)
  expect(err.split('\n')).toHaveLength(2)
})

test.each([
  ['account', 'list'],
  ['key', 'list'],
])('%s list without a store says that there is none, and makes none', async (verb, word) => {
  using folder = tempFolder()
  vi.stubEnv('SLUICE_CONFIG', '/dev/null')
  vi.stubEnv('SLUICE_DATA_DIR', join(folder.path, 'var'))
  expect(await sluice(verb, word)).toEqual({
    status: 69,
    out: '',
    err: `sluice: there is no store in ${folder.path}/var yet: the first start of the relay makes it (npm start)\n`,
  })
  expect(readdirSync(folder.path)).toEqual([])
  mkdirSync(join(folder.path, 'var'))
  writeFileSync(join(folder.path, 'var', 'sluice.db'), 'something else entirely')
  const { status, err } = await sluice(verb, word)
  expect([status, err.split('\n').length]).toEqual([
    expect.toSatisfy((s) => s === 69 || s === 78),
    2,
  ])
})

test('config check says ok, or every problem in a line of its own', async () => {
  using folder = tempFolder()
  const file = join(folder.path, 'sluice.toml')
  vi.stubEnv('SLUICE_CONFIG', file)
  writeFileSync(file, '')
  expect(await sluice('config', 'check')).toEqual({ status: 0, out: 'ok\n', err: '' })
  writeFileSync(file, 'hostname = 1\ncolour = "red"\n')
  const { status, out, err } = await sluice('config', 'check')
  expect({ status, out }).toEqual({ status: 78, out: '' })
  expect(err.trim().split('\n')).toHaveLength(2)
})

test('config check knows a data folder that a start would refuse, and makes none', async () => {
  using folder = tempFolder()
  writeFileSync(join(folder.path, 'file'), '')
  for (const path of ['file', 'file/var', 'x'.repeat(100)]) {
    vi.stubEnv('SLUICE_DATA_DIR', join(folder.path, path))
    const { status, err } = await sluice('config', 'check')
    expect(status).toBe(78)
    expect(err).toMatch(/^data_dir: .*\n$/)
  }
  vi.stubEnv('SLUICE_DATA_DIR', join(folder.path, 'a', 'b'))
  expect(await sluice('config', 'check')).toMatchObject({ status: 0 })
  expect(readdirSync(folder.path)).toEqual(['file'])
})

test('config check --json says the same to a program', async () => {
  using folder = tempFolder()
  const file = join(folder.path, 'sluice.toml')
  vi.stubEnv('SLUICE_CONFIG', file)
  writeFileSync(file, '[delivery]\nroute = "mxx"\n')
  const { status, out } = await sluice('config', 'check', '--json')
  expect(status).toBe(78)
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    problems: [
      {
        key: 'delivery.route',
        problem: '"mxx" is not a route',
        fix: 'write "sandbox", "mx" or "smtp://host:port"',
      },
    ],
  })
})

test('settings that don’t hold end every verb with status 78 and their problems', async () => {
  vi.stubEnv('SLUICE_CONFIG', '/nowhere/sluice.toml')
  const { status, err } = await sluice('start')
  expect(status).toBe(78)
  expect(err).toMatch(/^SLUICE_CONFIG: \/nowhere\/sluice\.toml can't be read/)
})
