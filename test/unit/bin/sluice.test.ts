import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../../../src/config/paths.ts'
import { spawnForTest } from '../../kit/child.ts'
import { tempFolder } from '../../kit/temp-folder.ts'
import { lockOf, ownNode, project, quietly } from './project.ts'

const node = process.execPath

test('what is missing is installed once, with a word, and npx finds the program', () => {
  using folder = tempFolder()
  const { run, npmCalls } = project(folder.path)
  const first = run('exec', node, '-p', '"done"')
  expect(first).toMatchObject({ status: 0, stdout: 'done\n' })
  expect(first.stderr).toMatch(/^sluice: installing what package-lock\.json lists/)
  expect(run('exec', node, '-p', '"again"')).toMatchObject({ stdout: 'again\n', stderr: '' })
  expect(npmCalls()).toEqual([`ci ${quietly}`])

  const link = join(folder.path, 'node_modules', '.bin', 'sluice')
  expect(join(dirname(link), readlinkSync(link))).toBe(join(folder.path, 'src', 'bin', 'sluice.js'))
  expect(statSync(join(projectRoot, 'src', 'bin', 'sluice.js')).mode & 0o111).toBe(0o111)
})

test('where the lock file says something else than is there, only that is changed', () => {
  using folder = tempFolder()
  const { run, npmCalls } = project(folder.path)
  const lock = join(folder.path, 'package-lock.json')
  run('exec', node, '-v')
  writeFileSync(lock, lockOf({ 'node_modules/a': { version: '1.0.1' } }))
  run('exec', node, '-v')
  run('exec', node, '-v')
  expect(npmCalls()).toEqual([`ci ${quietly}`, `install --no-save ${quietly}`])
})

test('what is for other machines may be missing; what is for development only where nobody develops', () => {
  using folder = tempFolder()
  const { run, npmCalls } = project(folder.path)
  const main = join(folder.path, 'src', 'bin', 'main.ts')
  writeFileSync(main, 'console.log("ran")')
  run('exec', node, '-v')
  const wanted = {
    'node_modules/a': { version: '1.0.0' },
    'node_modules/only-elsewhere': { version: '1.0.0', optional: true },
    'node_modules/tool': { version: '1.0.0', dev: true },
  }
  writeFileSync(join(folder.path, 'package-lock.json'), lockOf(wanted))
  expect(run('mailq').stdout).toBe('ran\n')
  expect(npmCalls()).toHaveLength(1)
  run('exec', node, '-v')
  expect(npmCalls()).toHaveLength(2)
})

test('who only runs the relay gets no tools of development; who has them keeps them', () => {
  using folder = tempFolder()
  const { run, npmCalls } = project(folder.path)
  writeFileSync(join(folder.path, 'src', 'bin', 'main.ts'), '')
  const lock = (version: string, tool: string): void => {
    const tools = { 'node_modules/tool': { version: tool, dev: true } }
    writeFileSync(
      join(folder.path, 'package-lock.json'),
      lockOf({ 'node_modules/a': { version }, ...tools }),
    )
  }
  lock('1.0.0', '1.0.0')
  expect(run('mailq').stderr).toMatch(/30 MB/)
  rmSync(join(folder.path, 'node_modules', '.package-lock.json'))
  run('exec', node, '-v')
  lock('1.0.1', '1.0.0')
  run('mailq')
  expect(npmCalls()).toEqual([
    `ci --omit=dev ${quietly}`,
    `ci ${quietly}`,
    `install --no-save ${quietly}`,
  ])
})

test('an install that was cut off is made whole', () => {
  using folder = tempFolder()
  const { run, npmCalls } = project(folder.path)
  run('exec', node, '-v')
  rmSync(join(folder.path, 'node_modules', '.package-lock.json'))
  run('exec', node, '-v')
  expect(npmCalls()).toHaveLength(2)
})

test('a package whose folder is gone is put back', () => {
  using folder = tempFolder()
  const { run, npmCalls } = project(folder.path)
  run('exec', node, '-v')
  rmSync(join(folder.path, 'node_modules', 'a'), { recursive: true })
  run('exec', node, '-v')
  expect(npmCalls()).toEqual([`ci ${quietly}`, `install --no-save ${quietly}`])
})

test('setup makes all that a start needs, and starts nothing', () => {
  using folder = tempFolder()
  const { run, npmCalls } = project(folder.path)
  mkdirSync(join(folder.path, 'plugins'))
  writeFileSync(join(folder.path, 'src', 'bin', 'main.ts'), 'console.log("ran")')
  expect(run('setup')).toMatchObject({
    status: 0,
    stdout: '',
    stderr: expect.stringMatching(/all that a start needs is there\.\n$/) as string,
  })
  expect(npmCalls()).toHaveLength(1)
  expect(existsSync(join(folder.path, '.tools', 'compile-cache', 'compiled'))).toBe(true)
})

test.each([
  ['setup', '--help'],
  ['setup', '-h'],
  ['help', 'setup'],
  ['exec', '--help'],
  ['help', 'exec'],
])('%s %s shows the help and makes nothing', (...words) => {
  using folder = tempFolder()
  const { run, npmCalls } = project(folder.path)
  const { status, stdout, stderr } = run(...words)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(new RegExp(`^usage: sluice ${words.includes('exec') ? 'exec' : 'setup'}`))
  expect(npmCalls()).toEqual([])
})

test('what setup and exec can not do something with is named, with their form, and nothing is made', () => {
  using folder = tempFolder()
  const { run, npmCalls } = project(folder.path)
  expect(run('setup', 'now')).toMatchObject({
    status: 64,
    stderr: 'sluice: unexpected argument "now"\nusage: sluice setup\n',
  })
  expect(run('exec')).toMatchObject({
    status: 64,
    stderr: 'sluice: exec: COMMAND is missing\nusage: sluice exec COMMAND [ARGUMENT…]\n',
  })
  expect(npmCalls()).toEqual([])
})

test('the help of start fetches and compiles nothing for a start', () => {
  using folder = tempFolder()
  const { run } = project(folder.path)
  writeFileSync(join(folder.path, 'src', 'bin', 'main.ts'), 'console.log("ran")')
  rmSync(join(folder.path, 'path', 'redis-server'))
  expect(run('start', '--help').stdout).toBe('ran\n')
  expect(existsSync(join(folder.path, '.tools', 'compile-cache', 'compiled'))).toBe(false)
})

test('where npm is missing or fails, one line says what to type', () => {
  using folder = tempFolder()
  const { run, program } = project(folder.path)
  program('npm', 'echo no network >&2; exit 1')
  expect(run('exec', node, '-v')).toMatchObject({
    status: 69,
    stdout: '',
    stderr: expect.stringMatching(
      /no network\nsluice: npm ci failed\. .*type: npm ci\n$/,
    ) as string,
  })
  rmSync(join(folder.path, 'path', 'npm'))
  expect(run('exec', node, '-v')).toMatchObject({
    status: 69,
    stderr: 'sluice: npm is missing. Type: sudo apt-get install npm\n',
  })
})

test('without a redis-server it says what to type, and goes on', () => {
  using folder = tempFolder()
  const { run } = project(folder.path)
  rmSync(join(folder.path, 'path', 'redis-server'))
  const { status, stderr } = run('exec', node, '-v')
  expect(status).toBe(0)
  expect(stderr).toMatch(/Redis could not be fetched: this machine has no apt-get\./)
  expect(stderr).toMatch(/type: sudo apt-get install redis-server\n$/)
})

test('the server in redis-tools is started under its own name', () => {
  using folder = tempFolder()
  const { run, program } = project(folder.path)
  rmSync(join(folder.path, 'path', 'redis-server'))
  program('redis-check-rdb', 'case "$0" in *redis-server) echo Redis server v=7;; esac')
  expect(run('exec', node, '-v').stderr).not.toMatch(/Redis/)
  const server = join(folder.path, '.tools', 'redis', 'redis-server')
  expect(spawnSync(server, { encoding: 'utf8' }).stdout).toBe('Redis server v=7\n')
})

test('a start compiles all sources first, runs none of them, and does so again when one changes', () => {
  using folder = tempFolder()
  const { run } = project(folder.path)
  const source = (name: string, text: string): void => {
    writeFileSync(join(folder.path, 'src', name), text)
  }
  const cached = (): number =>
    readdirSync(join(folder.path, '.tools', 'compile-cache'), { recursive: true }).length
  mkdirSync(join(folder.path, 'plugins'))
  rmSync(join(folder.path, 'src', 'bin', 'process.ts'))
  writeFileSync(join(folder.path, 'src', 'bin', 'main.ts'), 'console.log("ran")')
  source('odd.ts', 'const x: string = "odd"; process.stdout.write(x); process.exit(3)')
  expect(run('start')).toMatchObject({ status: 0, stdout: 'ran\n' })
  const before = cached()
  expect(run('start')).toMatchObject({ status: 0, stdout: 'ran\n' })
  expect(cached()).toBe(before)
  source('more.ts', 'export const more: number = 1')
  expect(run('start')).toMatchObject({ status: 0, stdout: 'ran\n' })
  expect(cached()).toBeGreaterThan(before)
})

test('the command runs under this Node, with the project’s programs, and its status is passed on', () => {
  using folder = tempFolder()
  const { run, program } = project(folder.path)
  expect(run('exec', 'node', '-p', 'process.execPath').stdout).toBe(`${node}\n`)
  program('answer', 'exit 42')
  expect(run('exec', 'answer')).toMatchObject({ status: 42 })
  expect(run('exec', 'nothing')).toMatchObject({
    status: 69,
    stderr: 'sluice: there is no program nothing\n',
  })
})

test('signals reach the command', async () => {
  using folder = tempFolder()
  const { env, launcher } = project(folder.path)
  const script =
    'process.on("SIGTERM", () => process.exit(7)); console.log("up"); setInterval(() => {}, 1e6)'
  const child = spawnForTest(node, [...launcher, 'exec', node, '-e', script], {
    env,
    cwd: folder.path,
  })
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([7, null])
})

const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
  const { status, stdout } = spawnSync(path, ['-p', 'parseInt(process.versions.node)'], {
    encoding: 'utf8',
  })
  return status === 0 && Number(stdout) >= 18 && Number(stdout) < 24
})

test.skipIf(oldNode === undefined)('an older Node hands over to one of our own', async () => {
  using folder = tempFolder()
  const { env, launcher } = project(folder.path)
  const own = ownNode(folder.path)
  mkdirSync(dirname(own), { recursive: true })
  writeFileSync(own, `#!/bin/sh\nexec '${node}' "$@"\n`)
  chmodSync(own, 0o755)
  const script =
    'process.on("SIGTERM", () => process.exit(7)); console.log(process.version); setInterval(() => {}, 1e6)'
  const child = spawnForTest(oldNode ?? '', [...launcher, 'exec', 'node', '-e', script], {
    env,
    cwd: folder.path,
  })
  const [version] = (await once(child.stdout, 'data')) as [Buffer]
  expect(version.toString().trim()).toBe(process.version)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([7, null])
})
