import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
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

test.skipIf(process.getuid?.() !== 0)(
  'the command of a service host works as the user of the service, and sets up as root',
  () => {
    using folder = tempFolder()
    chmodSync(folder.path, 0o755)
    const program = join(folder.path, 'program')
    writeFileSync(program, '#!/bin/sh\necho "$(id -un): $*"\n', { mode: 0o755 })
    const command = join(folder.path, 'sluice')
    const text = readFileSync(join(projectRoot, 'config', 'sluice-command'), 'utf8')
    const local = text
      .replace(/^program=.*$/m, `program=${program}`)
      .replace(/^user=.*$/m, 'user=nobody')
    writeFileSync(command, local, { mode: 0o755 })
    const run = (...line: [string, ...string[]]) => {
      const [name, ...args] = line
      const { status, stdout, stderr } = spawnSync(name, args, { encoding: 'utf8' })
      return { status, text: stdout + stderr }
    }
    expect(run(command, 'status', '--json').text).toBe('nobody: status --json\n')
    expect(run(command, 'setup').text).toBe('root: setup\n')
    const asNobody = ['-u', 'nobody', '--', command] as const
    expect(run('runuser', ...asNobody, 'mailq').text).toBe('nobody: mailq\n')
    expect(run('runuser', '-u', 'daemon', '--', command, 'stop')).toEqual({
      status: 77,
      text: 'sluice: only root and the user nobody may do that; type: sudo sluice stop\n',
    })
  },
)
