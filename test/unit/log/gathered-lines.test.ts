import { readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { GatheredLines } from '../../../src/log/gathered-lines.ts'
import { LogFile } from '../../../src/log/log-file.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

test('a full disk takes no lines: they are counted, said aloud once, and the log goes on when there is room', () => {
  using folder = tempFolder()
  const path = join(folder.path, 'smtp.log')
  symlinkSync('/dev/full', path)
  const causes: (string | undefined)[] = []
  const file = new LogFile(path, { maxBytes: 1000, files: 2 })
  const lines = new GatheredLines(file, {
    describe: (count) => `${count} lines are missing\n`,
    onLoss: ({ code }) => causes.push(code),
  })
  for (const text of ['a\n', 'b\n', 'c\n']) {
    lines.write(text)
    lines.flush()
  }
  expect(causes).toEqual(['ENOSPC'])
  rmSync(path)
  file.close()
  lines.write('d\n')
  lines.flush()
  lines.write('e\n')
  lines.flush()
  expect(readFileSync(path, 'utf8')).toBe('3 lines are missing\nd\ne\n')
})
