import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../../../src/config/paths.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

test('a process whose settings were broken meanwhile says so in one line and ends with 78', () => {
  using folder = tempFolder()
  const file = join(folder.path, 'sluice.toml')
  writeFileSync(file, 'hostnam = "a.test"\n')
  const { status, stderr } = spawnSync(process.execPath, ['src/bin/process.ts', 'store'], {
    cwd: projectRoot,
    encoding: 'utf8',
    env: { SLUICE_CONFIG: file },
  })
  expect({ status, stderr }).toEqual({
    status: 78,
    stderr: `${file}: hostnam: unknown key — write hostname, or remove it\n`,
  })
})
