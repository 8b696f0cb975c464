import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../../../src/config/paths.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

test.skipIf(!hasSystemd)('systemd understands every line of the service', () => {
  using folder = tempFolder()
  const file = join(folder.path, 'sluice.service')
  const unit = readFileSync(join(projectRoot, 'config', 'sluice.service'), 'utf8')
  writeFileSync(file, unit.replaceAll('/opt/sluice', projectRoot))
  const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
    encoding: 'utf8',
  })
  expect((stdout + stderr).split('\n').filter((line) => line.includes('sluice'))).toEqual([])
})
