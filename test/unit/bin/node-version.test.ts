import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { spawnForTest } from '../../kit/child.ts'
import { tempFolder } from '../../kit/temp-folder.ts'
import { fetchedVersion, ownNode, project } from './project.ts'

/** A project under an old Node, with the npm that the test gives it; tar and the rest are the machine's. */
function oldNodeProject(root: string, npm: string) {
  const made = project(root)
  made.program('npm', npm)
  const faked = join(root, 'faked.mjs')
  writeFileSync(
    faked,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0', sqlite: '3.40.0' } })`,
  )
  const run = (...words: string[]) =>
    spawnSync(process.execPath, ['--import', faked, ...made.launcher, ...words], {
      encoding: 'utf8',
      env: { PATH: `${made.env.PATH}:/usr/bin:/bin` },
      cwd: root,
    })
  return { ...made, run }
}

test('an archive of Node that is not the pinned one is refused, and nothing of it is run', () => {
  using folder = tempFolder()
  const archive = `node-linux-${process.arch}-${fetchedVersion}.tgz`
  const npm = `mkdir -p package/bin; printf '#!/bin/sh\\ntouch ${folder.path}/ran\\n' >package/bin/node
chmod 755 package/bin/node; tar -czf "$4/${archive}" package`
  const { status, stderr } = oldNodeProject(folder.path, npm).run('exec', 'node', '-v')
  expect({ status, stderr }).toEqual({
    status: 69,
    stderr: expect.stringContaining(`${archive} is not the file that this release`) as string,
  })
  expect(existsSync(join(folder.path, 'ran'))).toBe(false)
  expect(
    readdirSync(join(folder.path, '.tools')).filter((name) => /node|draft/.test(name)),
  ).toEqual([])
})

test('a Node of an earlier release goes once nothing runs from it', async () => {
  using folder = tempFolder()
  const { run } = project(folder.path)
  mkdirSync(join(folder.path, 'plugins'))
  writeFileSync(join(folder.path, 'src', 'bin', 'main.ts'), '')
  const old = (name: string) => join(folder.path, '.tools', name, 'node')
  const current = `node-${fetchedVersion}`
  for (const name of ['node', 'node-24.1.0', current]) {
    mkdirSync(dirname(old(name)), { recursive: true })
    copyFileSync('/bin/sleep', old(name))
  }
  const running = spawnForTest(old('node-24.1.0'), ['600'])
  run('setup')
  const left = () =>
    readdirSync(join(folder.path, '.tools')).filter((name) => name.startsWith('node'))
  expect(left().sort()).toEqual(['node-24.1.0', current])
  running.kill('SIGKILL')
  await once(running, 'exit')
  run('setup')
  expect(left()).toEqual([current])
})

test.each([
  ['18.20.4', undefined, false],
  ['24.14.9', '3.51.3', false],
  ['24.9.0', '3.51.3', false],
  ['24.15.0', '3.51.3', true],
  ['26.0.0', '3.60.0', true],
  // Built on the machine's own SQLite.
  ['24.16.0', '3.46.1', false],
])('Node %s with SQLite %s runs Sluice itself: %s', (node, sqlite, itself) => {
  using folder = tempFolder()
  const { env, launcher } = project(folder.path)
  const fetched = ownNode(folder.path)
  mkdirSync(dirname(fetched), { recursive: true })
  writeFileSync(fetched, '#!/bin/sh\necho the fetched one\n')
  chmodSync(fetched, 0o755)
  const faked = join(folder.path, 'faked.mjs')
  const versions = JSON.stringify({ node, sqlite })
  writeFileSync(
    faked,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, ...${versions} } })
     if (${String(sqlite === undefined)}) delete process.versions.sqlite`,
  )
  const args = ['--import', faked, ...launcher, 'exec', 'node', '-p', '"this one"']
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', env, cwd: folder.path })
  expect(stdout).toBe(itself ? 'this one\n' : 'the fetched one\n')
})
