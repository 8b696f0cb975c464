import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempFolder } from '../../kit/temp-folder.ts'
import { project } from './project.ts'

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
  const fetched = join(folder.path, '.tools', 'node')
  mkdirSync(fetched, { recursive: true })
  writeFileSync(join(fetched, 'node'), '#!/bin/sh\necho the fetched one\n')
  chmodSync(join(fetched, 'node'), 0o755)
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
