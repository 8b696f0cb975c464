import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LogFile } from '../../src/log/log-file.ts'
import { minute } from '../../src/time/clock.ts'
import { tempFolder } from '../kit/temp-folder.ts'
import { isRoot } from './needs.ts'

/** Meanwhile nobody can move or remove the file, and more can be written to it. */
function whileAppendOnly(path: string, act: () => void): void {
  execFileSync('chattr', ['+a', path])
  try {
    act()
  } finally {
    execFileSync('chattr', ['-a', path])
  }
}

test.skipIf(!isRoot).each(['smtp.log', 'smtp.log.2'])(
  'where %s can not be moved, lines go on and no older file is lost, however often it is tried',
  (name) => {
    using folder = tempFolder()
    const path = join(folder.path, 'smtp.log')
    const older = [1, 2, 3].map((age) => `${path}.${age}`)
    for (const each of [path, ...older]) writeFileSync(each, `before in ${each}\n`)
    let now = 0
    const limits = { maxBytes: 500, files: 4 }
    const file = new LogFile(path, limits, { elapsedMs: () => (now += minute) })
    whileAppendOnly(join(folder.path, name), () => {
      for (let n = 0; n < 100; n++) expect(file.append(Buffer.from('a line\n'))).toBeNull()
      expect(file.trouble).toMatchObject({ code: 'EPERM' })
      for (const each of older) expect(readFileSync(each, 'utf8')).toBe(`before in ${each}\n`)
      expect(readFileSync(path, 'utf8')).toBe(`before in ${path}\n${'a line\n'.repeat(100)}`)
    })
    expect(file.append(Buffer.from('a line\n'))).toBeNull()
    expect(file.trouble).toBeNull()
    expect(readFileSync(path, 'utf8')).toBe('a line\n')
  },
)
